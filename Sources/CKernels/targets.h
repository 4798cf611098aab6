// The instruction sets that the vector kernels are compiled for.
#ifndef LEMNOS_TARGETS_H
#define LEMNOS_TARGETS_H

#if defined(__x86_64__) && defined(__linux__)
#define LEMNOS_VECTORIZED __attribute__((target_clones("default", "arch=x86-64-v3", "avx512bw")))
#else
#define LEMNOS_VECTORIZED
#endif

#endif
