/* gcc calls memset to zero the state in the entry point; on x86_64 it uses an instruction instead. */
__attribute__((used, externally_visible, optimize("no-tree-loop-distribute-patterns"))) void *memset(
    void *start, int byte, size_t count) {
  for (unsigned char *at = start; count > 0; count--) *at++ = (unsigned char)byte;
  return start;
}
