// libFuzzer, if the program is linked with it: Tools/fuzz does so, with -sanitize=fuzzer.

#ifndef LEMNOS_LIBFUZZER_H
#define LEMNOS_LIBFUZZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// True if the program is linked with libFuzzer.
bool lemnos_has_libfuzzer(void);

/// Runs `read` on inputs until a limit in the arguments is reached; does not return if one fails.
///
/// - Parameter repair: called after each mutation: may change the `size` bytes, up to `most`, and returns
///   the new size.
int lemnos_fuzz(
    int argc, char *_Nullable *_Nonnull argv, int (*_Nonnull read)(const uint8_t *_Nullable bytes, size_t size),
    size_t (*_Nonnull repair)(uint8_t *_Nonnull bytes, size_t size, size_t most, unsigned seed));

#endif
