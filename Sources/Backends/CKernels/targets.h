// The instruction sets that the vector kernels are compiled for.
#ifndef LEMNOS_TARGETS_H
#define LEMNOS_TARGETS_H

#ifdef __has_feature
#define LEMNOS_HAS_FEATURE(name) __has_feature(name)
#else
#define LEMNOS_HAS_FEATURE(name) 0
#endif

// The loader resolves target clones before the thread sanitizer, which instruments the resolver, is
// initialized.
#if defined(__x86_64__) && defined(__linux__) && !LEMNOS_HAS_FEATURE(thread_sanitizer)
#define LEMNOS_VECTORIZED __attribute__((target_clones("default", "arch=x86-64-v3", "avx512bw")))
#else
#define LEMNOS_VECTORIZED
#endif

#endif
