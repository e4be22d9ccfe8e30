/* Fields of a message: a key varint (field number and wire type) and a value. Both dialects are built
 * from them; what they allow differs (spec/mconn.md, MC-FIELD).
 *
 * The peer writes these bytes. What goes wrong in practice: a length that is added to an index before
 * it is compared (it wraps), a field number cut from the key before its upper bits are looked at
 * (2^32 + 1 is field 1 for generated protobuf code, so it must be here), a recursion per nested group
 * (the peer chooses the depth). Here lengths are compared by subtraction, the number is cut exactly as
 * Go cuts it, and groups are a counter. */
#ifndef MCONN_CORE_FIELD_H
#define MCONN_CORE_FIELD_H
#include "error.h"
#include "uvarint.h"
#ifdef __FRAMAC__
#include "logic/field.acsl"
#endif

enum mconn_wire {
  MCONN_WIRE_VARINT = 0,
  MCONN_WIRE_8BYTE = 1,
  MCONN_WIRE_BYTES = 2,
  MCONN_WIRE_GROUP = 3,
  MCONN_WIRE_END = 4,
  MCONN_WIRE_4BYTE = 5
};

/* One element at [i, end): a key, and a value unless the key begins or ends a group. */
typedef struct {
  enum mconn_err err; /* OK, or why there is no element here */
  size_t at;          /* not OK: index of the byte that decided (e: the bytes end too early) */
  size_t end;         /* OK: index after the element */
  size_t off;         /* OK: index of the value; for bytes, after their length */
  uint64_t key;       /* OK: key modulo 2^64 */
  uint64_t val;       /* OK: varint value modulo 2^64, or the length of bytes; else 0 */
  bool strict;        /* OK: no varint in it carries bits above 64 */
} mconn_element;

/*@ requires bounds: i < e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == elem_err(p, i, e);
    ensures errors: \result.err \in {MCONN_OK, MCONN_E_VARINT, MCONN_E_TRUNCATED, MCONN_E_WIRE_TYPE};
    ensures at: \result.err != MCONN_OK ==> \result.at == elem_at(p, i, e);
    ensures at_in: \result.err != MCONN_OK ==> i <= \result.at <= e;
    ensures end: \result.err == MCONN_OK ==> \result.end == elem_end(p, i, e) && i < \result.end <= e;
    ensures off: \result.err == MCONN_OK ==> \result.off == elem_off(p, i, e) && i < \result.off <= \result.end;
    ensures key: \result.err == MCONN_OK ==> \result.key == elem_key(p, i, e);
    ensures val: \result.err == MCONN_OK ==> \result.val == elem_val(p, i, e);
    ensures strict: \result.err == MCONN_OK ==> (\result.strict <==> elem_over(p, i, e) == 0);
    ensures slice: \result.err == MCONN_OK && \result.key % 8 == MCONN_WIRE_BYTES ==>
      \result.off + \result.val == \result.end; */
mconn_element mconn_element_get(const uint8_t *p, size_t i, size_t e);

/* Where the group that was begun just before p[i] ends: skips elements until its end key. Field
 * numbers of begin and end are not compared (as Go). */
typedef struct {
  enum mconn_err err;
  size_t at;  /* not OK: index of the byte that decided */
  size_t end; /* OK: index after the key that ends the group */
} mconn_group;

/*@ requires bounds: i <= e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == grp_err(p, i, e, 1);
    ensures errors: \result.err \in {MCONN_OK, MCONN_E_VARINT, MCONN_E_TRUNCATED, MCONN_E_WIRE_TYPE, MCONN_E_GROUP};
    ensures at: \result.err != MCONN_OK ==> \result.at == grp_at(p, i, e, 1);
    ensures at_in: \result.err != MCONN_OK ==> i <= \result.at <= e;
    ensures end: \result.err == MCONN_OK ==> \result.end == grp_end(p, i, e, 1) && i < \result.end <= e; */
mconn_group mconn_group_get(const uint8_t *p, size_t i, size_t e);

/* A whole protobuf field: an element that may stand alone, its group skipped. */
typedef struct {
  enum mconn_err err;
  size_t at;
  size_t end;
  size_t off;
  uint32_t num;  /* OK: field number, 1..2^31-1 */
  uint32_t wire; /* OK: wire type 0, 1, 2, 3 or 5 */
  uint64_t val;
} mconn_field;

/*@ requires bounds: i < e <= MCONN_INDEX_MAX;
    requires rd: \valid_read(p + (i .. e - 1));
    terminates \true;
    assigns \nothing;
    ensures err: \result.err == fld_err(p, i, e);
    ensures errors: \result.err \in {MCONN_OK, MCONN_E_VARINT, MCONN_E_TRUNCATED, MCONN_E_FIELD_NUMBER,
      MCONN_E_WIRE_TYPE, MCONN_E_GROUP};
    ensures at: \result.err != MCONN_OK ==> \result.at == fld_at(p, i, e);
    ensures at_in: \result.err != MCONN_OK ==> i <= \result.at <= e;
    ensures end: \result.err == MCONN_OK ==> \result.end == fld_end(p, i, e) && i < \result.end <= e;
    ensures off: \result.err == MCONN_OK ==> \result.off == elem_off(p, i, e) && i < \result.off <= \result.end;
    ensures num: \result.err == MCONN_OK ==> \result.num == elem_num(p, i, e) && 1 <= \result.num <= 0x7FFFFFFF;
    ensures wire: \result.err == MCONN_OK ==> \result.wire == elem_wire(p, i, e);
    ensures val: \result.err == MCONN_OK ==> \result.val == elem_val(p, i, e);
    ensures slice: \result.err == MCONN_OK && \result.wire == MCONN_WIRE_BYTES ==>
      \result.off + \result.val == \result.end; */
mconn_field mconn_field_get(const uint8_t *p, size_t i, size_t e);
#endif
