"""Frama-C's normal form of a stem (frama-c -print): functions, contracts, loops, calls, logic.

The structural gates read this text and not the source: macros are expanded, headers merged, comments
gone, every loop is a `while`, and ghost code stands where it acts. So they see what WP sees."""
import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field

KEYWORDS = {"if", "while", "for", "switch", "return", "sizeof", "do", "else", "case", "goto"}
GLOBAL = re.compile(r"\s*(predicate|logic|lemma|check lemma|admit lemma|axiom|axiomatic|inductive|type|global|"
                    r"model|volatile|import|module)\b")
ENUMERATOR = re.compile(r"^ +((MCONN_\w+) = -?\d+),?$\n", re.M)
MARK = re.compile("\x00(\\d+)\x00")


@dataclass
class Function:
    name: str
    head: str                 # prototype, white space folded
    contract: str             # "" if there is none
    body: str = None          # code without annotations; None: declared only
    ghost: bool = False       # a lemma: the compiler never sees it
    loops: list = field(default_factory=list)   # annotation of each loop, "" if there is none
    mentions: set = field(default_factory=set)  # identifiers in the body
    calls: set = field(default_factory=set)     # identifiers that are called


@dataclass
class Unit:
    functions: dict
    annotations: list         # text of every annotation
    globals: list             # text of every global annotation (logic, lemmas)
    text: str

    def defined(self):
        return {n: f for n, f in self.functions.items() if f.body is not None}

    def fingerprint(self):
        """Of everything that can bear on a proof: an error value that this stem never names cannot."""
        uses = Counter(re.findall(r"\w+", self.text))
        text = ENUMERATOR.sub(lambda m: m.group(1) if uses[m.group(2)] > 1 else "", self.text)
        return hashlib.sha256(text.encode()).hexdigest()

    def lemmas(self):
        return [m for g in self.globals for m in re.findall(r"\blemma\s+(\w+)", g)]

    def logic(self):
        """name -> text of every logic function and predicate."""
        found = {}
        for g in self.globals:
            m = re.match(r"\s*(?:logic\s+[^=(]*?|predicate\s+)(\w+)\s*(?:\{[^}]*\})?\s*(?:\(|=|reads|;)", g)
            if m:
                found[m.group(1)] = g
        return found

    def recursive_logic(self):
        return sorted(n for n, g in self.logic().items() if len(re.findall(rf"\b{n}\b", g)) > 1)


def fold(text):
    return " ".join(text.split())


def _flatten_ghost(text):
    """Ghost code and its /@ @/ annotations, as if they were ordinary."""
    def plain(m):
        return m.group(1).replace("/@", "/*@").replace("@/", "*/")
    return re.sub(r"/\*@\s*ghost\b(.*?)\*/", plain, text, flags=re.S)


def _ghost_names(text):
    """Functions that are declared or defined in ghost code."""
    blocks = re.findall(r"/\*@\s*ghost\b(.*?)\*/", text, flags=re.S)
    return {n for b in blocks for n in re.findall(r"\b(\w+)\s*\([^;{}()]*\)\s*[{;]", b)} - KEYWORDS


def _mark_annotations(text):
    found = []

    def mark(m):
        found.append(m.group(1).strip())
        return f"\x00{len(found) - 1}\x00"
    text = re.sub(r"//@([^\n]*)", r"/*@\1*/", text)
    text = re.sub(r"/\*@(.*?)@?\*/", mark, text, flags=re.S)
    return re.sub(r"/\*.*?\*/", " ", text, flags=re.S), found


def _items(text):
    """Top-level items: (text before ';' or '{', body or None)."""
    start = depth = 0
    opened = None
    for i, c in enumerate(text):
        if c == "{":
            if depth == 0:
                opened = i
            depth += 1
        elif c == "}":
            depth -= 1
            head = text[start:opened]
            if depth == 0 and head.rstrip().endswith(")"):
                yield head, text[opened + 1:i]
                start = i + 1
        elif c == ";" and depth == 0:
            yield text[start:i], None
            start = i + 1


def _loops(body, annotations):
    for m in re.finditer(r"\b(while|for|do)\b", body):
        before = list(MARK.finditer(body[:m.start()].rstrip()))
        near = before and before[-1].end() == len(body[:m.start()].rstrip())
        text = annotations[int(before[-1].group(1))] if near else ""
        yield text if text.startswith("loop ") else ""


def _function(item, body, annotations):
    marks = [annotations[int(i)] for i in MARK.findall(item)]
    head = fold(MARK.sub(" ", item))
    m = re.search(r"(\w+)\s*\(", head)
    if not m or re.match(r"(typedef|struct|union|enum)\b[^(]*$", head) or head.startswith("typedef") or "=" in head:
        return None
    contract = fold(marks[-1]) if marks and not GLOBAL.match(marks[-1]) else ""
    f = Function(name=m.group(1), head=head, contract=contract)
    if body is not None:
        f.loops = list(_loops(body, annotations))
        f.body = MARK.sub(" ", body)
        f.mentions = set(re.findall(r"\b[A-Za-z_]\w*\b", f.body))
        f.calls = set(re.findall(r"\b([A-Za-z_]\w*)\s*\(", f.body)) - KEYWORDS
    return f


def parse(printed):
    """The Unit of what frama-c -print wrote."""
    printed = printed[printed.index("/* Generated by Frama-C */"):]
    text, annotations = _mark_annotations(_flatten_ghost(printed))
    text = re.sub(r"(?m)^#.*$", "", text)
    functions = {}
    for item, body in _items(text):
        f = _function(item, body, annotations)
        if f and (f.name not in functions or f.body is not None):
            if f.name in functions and not f.contract:
                f.contract = functions[f.name].contract
            functions[f.name] = f
        elif f and f.contract and not functions[f.name].contract:
            functions[f.name].contract = f.contract
    for name in _ghost_names(printed) & set(functions):
        functions[name].ghost = True  # ghost code calls ghost functions only
    return Unit(functions, annotations, [a for a in annotations if GLOBAL.match(a)], printed)
