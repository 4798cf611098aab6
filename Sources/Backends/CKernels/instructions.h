// The instruction set of an accumulator machine for pointwise chains (threaded code). The accumulator is
// several vectors wide and stays in CPU registers from one instruction to the next.
#ifndef LEMNOS_INSTRUCTIONS_H
#define LEMNOS_INSTRUCTIONS_H

#include "include/CKernels.h"

// Opcodes. Binary operations have variants for a vector or scalar operand on either side of the accumulator.
#define LEMNOS_OF_TWO(DO, name) DO(name##_by_vector) DO(name##_by_number) DO(vector_##name) DO(number_##name) DO(name##_itself)
// Selects by accumulator ≠ 0, of floats or int32, between two vectors or scalars.
#define LEMNOS_SELECTIONS(DO, name) \
  DO(name##_vector_vector) DO(name##_vector_number) DO(name##_number_vector) DO(name##_number_number)
#define LEMNOS_CODES(DO) \
  DO(end) DO(load) DO(load_number) DO(store) DO(accumulate) DO(compute) \
  LEMNOS_OF_TWO(DO, add) LEMNOS_OF_TWO(DO, subtract) LEMNOS_OF_TWO(DO, multiply) LEMNOS_OF_TWO(DO, divide) \
  LEMNOS_OF_TWO(DO, maximum) LEMNOS_OF_TWO(DO, minimum) LEMNOS_OF_TWO(DO, less) LEMNOS_OF_TWO(DO, equal) \
  DO(negate_alone) DO(magnitude_alone) DO(root_alone) DO(relu_alone) DO(to_float_alone) \
  LEMNOS_SELECTIONS(DO, select_by_int) LEMNOS_SELECTIONS(DO, select_by_float)

#define LEMNOS_CODE(name) CODE_##name,
enum { LEMNOS_CODES(LEMNOS_CODE) };
#undef LEMNOS_CODE

// The interpreter for one vector instruction set.
typedef struct {
  // Elements of the accumulator.
  int64_t width;
  // log₂ of `width`.
  int32_t shift;
  // Runs elements begin ..< end, a multiple of `width`. A scalar operand has one element per accumulator; a
  // sum has one vector per accumulator.
  void (*run)(const lemnos_instruction *code, float *const *operands, int64_t begin, int64_t end);
} lemnos_machine;

// The interpreter for this CPU.
lemnos_machine lemnos_machine_here(void);

// A step without an instruction, for n elements.
void lemnos_compute_step(
    lemnos_operation operation, int is_float, void *result, const void *a, const void *b, const void *c, int64_t n);

#endif
