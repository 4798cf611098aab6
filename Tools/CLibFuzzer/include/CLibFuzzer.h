// libFuzzer, where the program is linked with it: Tools/fuzz does so, with -sanitize=fuzzer.

#ifndef LEMNOS_LIBFUZZER_H
#define LEMNOS_LIBFUZZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Whether the program was linked with libFuzzer.
bool lemnos_has_libfuzzer(void);

/// Hands inputs to `read` until a limit in the arguments is reached, and does not come back where one fails.
///
/// - Parameter repair: called after each mutation: changes `size` of at most `most` bytes, and says how many there are then.
int lemnos_fuzz(
    int argc, char *_Nullable *_Nonnull argv, int (*_Nonnull read)(const uint8_t *_Nullable bytes, size_t size),
    size_t (*_Nonnull repair)(uint8_t *_Nonnull bytes, size_t size, size_t most, unsigned seed));

#endif
