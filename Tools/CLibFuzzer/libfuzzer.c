#include "include/CLibFuzzer.h"

// Weak, so that the program is linked without libFuzzer too: then it reads the files that it is given, nothing else.
__attribute__((weak)) int LLVMFuzzerRunDriver(
    int *argc, char ***argv, int (*read)(const uint8_t *bytes, size_t size));
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t most);

static size_t (*repair_mutation)(uint8_t *bytes, size_t size, size_t most, unsigned seed);

bool lemnos_has_libfuzzer(void) { return LLVMFuzzerRunDriver != NULL; }

// libFuzzer finds it by its name. Its own mutations come first: they know what the code was seen to compare with.
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
