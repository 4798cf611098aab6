#include "include/CLibFuzzer.h"

// Weak, so that the program also links without libFuzzer: then it only reads the files that it is given.
__attribute__((weak)) int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*read)(const uint8_t *bytes, size_t size));
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);

static size_t (*repair_mutation)(uint8_t *bytes, size_t size, size_t most, unsigned seed);

bool lemnos_has_libfuzzer(void) { return LLVMFuzzerRunDriver != NULL; }

// libFuzzer finds it by name. Its own mutations run first, because they use the comparisons observed in the
// code.
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t most, unsigned seed) {
  return repair_mutation(bytes, LLVMFuzzerMutate(bytes, size, most), most, seed);
}

int lemnos_fuzz(
    int argc, char **argv, int (*read)(const uint8_t *bytes, size_t size),
    size_t (*repair)(uint8_t *bytes, size_t size, size_t most, unsigned seed)) {
  repair_mutation = repair;
  return LLVMFuzzerRunDriver(&argc, &argv, read);
}
