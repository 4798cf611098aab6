// Elements in memory as the numbers of registers, and back. A register has four bytes: a float for floating-point types, else an
// int32.
#ifndef LEMNOS_ELEMENTS_H
#define LEMNOS_ELEMENTS_H

#include "elementary.h"
#include "include/CKernels.h"

// Scratch memory is in floats: its int64 elements may lie between multiples of eight bytes.
typedef int64_t __attribute__((aligned(4))) lemnos_int64;

// True if an element is a register as it is.
LEMNOS_INLINE int lemnos_is_register(lemnos_dtype dtype) { return dtype == LEMNOS_FLOAT32 || dtype == LEMNOS_INT32; }

LEMNOS_INLINE int32_t lemnos_saturated(int64_t x) {
  return x < INT32_MIN ? INT32_MIN : x > INT32_MAX ? INT32_MAX : (int32_t)x;
}

// NaNs become quiet, as they do in arithmetic.
LEMNOS_INLINE int32_t lemnos_of_float16(uint16_t half) {
  uint32_t sign = (uint32_t)(half & 0x8000) << 16, rest = half & 0x7FFF;
  uint32_t subnormal = (uint32_t)float_to_bits((float)(int32_t)rest * 0x1p-24f);
  uint32_t normal = (rest << 13) + (112u << 23);
  uint32_t endless = 0x7F800000u | (rest & 0x3FF) << 13 | (rest > 0x7C00 ? 0x400000u : 0);
  return (int32_t)(sign | (rest < 0x400 ? subnormal : rest < 0x7C00 ? normal : endless));
}

LEMNOS_INLINE int32_t lemnos_of_bfloat16(uint16_t half) {
  return (int32_t)((uint32_t)half << 16 | ((half & 0x7FFF) > 0x7F80 ? 0x400000u : 0));
}

// The bits of a float that a float16 represents exactly: casts have rounded it.
LEMNOS_INLINE uint16_t lemnos_to_float16(int32_t bits) {
  uint32_t sign = (uint32_t)bits >> 16 & 0x8000, magnitude = (uint32_t)bits & 0x7FFFFFFF;
  int is_subnormal = magnitude < 0x38800000u;
  uint32_t subnormal = (uint32_t)(int32_t)(bits_to_float(is_subnormal ? (int32_t)magnitude : 0) * 0x1p24f);
  uint32_t normal = (magnitude - (112u << 23)) >> 13;
  uint32_t endless = 0x7C00u | (magnitude > 0x7F800000u ? 0x200u | (magnitude >> 13 & 0x3FF) : 0);
  return (uint16_t)(sign | (is_subnormal ? subnormal : magnitude < 0x47800000u ? normal : endless));
}

LEMNOS_INLINE uint16_t lemnos_to_bfloat16(int32_t bits) {
  int is_nan = ((uint32_t)bits & 0x7FFFFFFF) > 0x7F800000u;
  return (uint16_t)((uint32_t)bits >> 16 | (is_nan ? 0x40u : 0));
}

#define LEMNOS_READ_EACH(type, number) \
  { \
    const type *x = (const type *)base + index; \
    for (int64_t i = 0; i < n; i++) { type element = x[i * stride]; to[i] = number; } \
    break; \
  }

// Reads n elements, `stride` apart from `index` on.
LEMNOS_INLINE void lemnos_read(
    const void *base, lemnos_dtype dtype, int64_t index, int64_t stride, int64_t n, int32_t *to) {
  switch (dtype) {
  case LEMNOS_FLOAT32:
  case LEMNOS_INT32: LEMNOS_READ_EACH(int32_t, element)
  case LEMNOS_UINT8: LEMNOS_READ_EACH(uint8_t, element)
  case LEMNOS_BOOL: LEMNOS_READ_EACH(uint8_t, element != 0)
  case LEMNOS_INT64: LEMNOS_READ_EACH(lemnos_int64, lemnos_saturated(element))
  case LEMNOS_FLOAT16: LEMNOS_READ_EACH(uint16_t, lemnos_of_float16(element))
  case LEMNOS_BFLOAT16: LEMNOS_READ_EACH(uint16_t, lemnos_of_bfloat16(element))
  }
}

#define LEMNOS_WRITE_EACH(type, element) \
  { \
    type *y = (type *)base + index; \
    for (int64_t i = 0; i < n; i++) y[i] = element; \
    break; \
  }

// Writes n registers to the elements from `index` on, where some of the registers may be.
LEMNOS_INLINE void lemnos_write(void *base, lemnos_dtype dtype, int64_t index, int64_t n, const int32_t *x) {
  switch (dtype) {
  case LEMNOS_FLOAT32:
  case LEMNOS_INT32:
    if ((int32_t *)base + index != x) memmove((int32_t *)base + index, x, (size_t)n * 4);
    break;
  case LEMNOS_UINT8:
  case LEMNOS_BOOL: LEMNOS_WRITE_EACH(uint8_t, (uint8_t)x[i])
  case LEMNOS_INT64: LEMNOS_WRITE_EACH(lemnos_int64, x[i])
  case LEMNOS_FLOAT16: LEMNOS_WRITE_EACH(uint16_t, lemnos_to_float16(x[i]))
  case LEMNOS_BFLOAT16: LEMNOS_WRITE_EACH(uint16_t, lemnos_to_bfloat16(x[i]))
  }
}

#endif
