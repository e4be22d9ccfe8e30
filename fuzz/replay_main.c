/* A target without a fuzzer: every file named on the command line, and every file in every directory
 * named there, is run once. A crash names the file it came from. No input at all is a failure: a
 * replay that replays nothing proves nothing. */
#include "fuzz.h"
#include <dirent.h>
#include <errno.h>
#include <sys/stat.h>

static size_t ran;

static int run_file(const char *path)
{
  FILE *f = fopen(path, "rb");
  if (f == NULL || fseek(f, 0, SEEK_END) != 0) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
  }
  long n = ftell(f);
  rewind(f);
  uint8_t *bytes = malloc(n > 0 ? (size_t)n : 1); /* exactly as long as the input, for ASan */
  if (bytes == NULL || fread(bytes, 1, (size_t)n, f) != (size_t)n) {
    fprintf(stderr, "%s: not read\n", path);
    free(bytes);
    fclose(f);
    return 1;
  }
  fclose(f);
  if (getenv("REPLAY_VERBOSE") != NULL) fprintf(stderr, "%s\n", path);
  LLVMFuzzerTestOneInput(bytes, (size_t)n);
  free(bytes);
  ran++;
  return 0;
}

static int run_dir(const char *path)
{
  DIR *dir = opendir(path);
  int bad = 0;
  if (dir == NULL) {
    fprintf(stderr, "%s: %s\n", path, strerror(errno));
    return 1;
  }
  for (struct dirent *e = readdir(dir); e != NULL; e = readdir(dir)) {
    char name[4096];
    if (e->d_name[0] == '.') continue;
    if (snprintf(name, sizeof name, "%s/%s", path, e->d_name) >= (int)sizeof name) bad = 1;
    else bad |= run_file(name);
  }
  closedir(dir);
  return bad;
}

int main(int argc, char **argv)
{
  int bad = 0;
  for (int a = 1; a < argc; a++) {
    struct stat st;
    if (stat(argv[a], &st) == 0 && S_ISDIR(st.st_mode)) bad |= run_dir(argv[a]);
    else bad |= run_file(argv[a]);
  }
  printf("%zu inputs replayed\n", ran);
  if (ran == 0) fprintf(stderr, "nothing was replayed\n");
  return bad || ran == 0;
}
