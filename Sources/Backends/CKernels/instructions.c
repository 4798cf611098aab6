// Compiles pointwise chains to instructions: each step uses the previous value in the accumulator where it
// reads it, and stores only values that are read later.

#include "instructions.h"
#include "elements.h"

#define JOINED(a, b) a##_##b

#if defined(__x86_64__)
#define LANES 16
#define TARGET __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma")))
#define NAMED(name) JOINED(name, avx512)
#include "machine.h"

#define LANES 8
#define TARGET __attribute__((target("avx2,fma")))
#define NAMED(name) JOINED(name, avx2)
#include "machine.h"
#endif

#define LANES 4
#define TARGET
#define NAMED(name) JOINED(name, baseline)
#include "machine.h"

lemnos_machine lemnos_machine_here(void) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) return (lemnos_machine){8 * 16, 7, run_avx512};
  if (__builtin_cpu_supports("x86-64-v3")) return (lemnos_machine){8 * 8, 6, run_avx2};
#endif
  return (lemnos_machine){8 * 4, 5, run_baseline};
}

// The first opcode of an operation's variants; 0 if there is none.
static const int32_t of_floats[LEMNOS_SELECT + 1] = {
  [LEMNOS_ADD] = CODE_add_by_vector,
  [LEMNOS_SUBTRACT] = CODE_subtract_by_vector,
  [LEMNOS_MULTIPLY] = CODE_multiply_by_vector,
  [LEMNOS_DIVIDE] = CODE_divide_by_vector,
  [LEMNOS_MAXIMUM] = CODE_maximum_by_vector,
  [LEMNOS_MINIMUM] = CODE_minimum_by_vector,
  [LEMNOS_LESS] = CODE_less_by_vector,
  [LEMNOS_EQUAL] = CODE_equal_by_vector,
  [LEMNOS_NEGATE] = CODE_negate_alone,
  [LEMNOS_ABS] = CODE_magnitude_alone,
  [LEMNOS_SQRT] = CODE_root_alone,
  [LEMNOS_RELU] = CODE_relu_alone,
  [LEMNOS_SELECT] = CODE_select_by_float_vector_vector,
};
static const int32_t of_ints[LEMNOS_SELECT + 1] = {
  [LEMNOS_TO_FLOAT] = CODE_to_float_alone,
  [LEMNOS_SELECT] = CODE_select_by_int_vector_vector,
};

static int argument_count(lemnos_operation operation) {
  if (operation == LEMNOS_LITERAL) return 0;
  if (operation == LEMNOS_SELECT) return 3;
  return operation < LEMNOS_ADD || operation >= LEMNOS_FUNCTION ? 1 : 2;
}

// The first of the forms of a step's operation, 0 where there is no instruction.
static int32_t first_code(const lemnos_step *step) {
  if (step->operation >= LEMNOS_FUNCTION) return 0;
  return (step->is_float ? of_floats : of_ints)[step->operation];
}

// The instruction and operands of a step if the accumulator holds register `held`; code 0 if there is none.
static lemnos_instruction take(const lemnos_pointwise *kernel, const lemnos_step *step, int32_t held) {
  enum { BY_VECTOR, BY_NUMBER, VECTOR_BY, NUMBER_BY, ITSELF };
  const lemnos_instruction none = {0};
  int32_t a = step->arguments[0], b = step->arguments[1], c = step->arguments[2];
  int32_t code = first_code(step);
  if (code == 0) return none;
  switch (argument_count(step->operation)) {
  case 1: return a == held ? (lemnos_instruction){.code = code} : none;
  case 2:
    if (a == held && b == held) return (lemnos_instruction){.code = code + ITSELF};
    if (a == held) return (lemnos_instruction){.code = code + (kernel->is_number[b] ? BY_NUMBER : BY_VECTOR), .operands = {b}};
    if (b == held) return (lemnos_instruction){.code = code + (kernel->is_number[a] ? NUMBER_BY : VECTOR_BY), .operands = {a}};
    return none;
  default:
    if (a != held || b == held || c == held) return none;
    return (lemnos_instruction){.code = code + 2 * kernel->is_number[b] + kernel->is_number[c], .operands = {b, c}};
  }
}

static int reads(const lemnos_step *step, int32_t operand) {
  for (int k = 0; k < argument_count(step->operation); k++) {
    if (step->arguments[k] == operand) return 1;
  }
  return 0;
}

// True if the result can be stored as soon as it is computed: it is a register as it is, and no step after its source
// reads the input it overwrites.
static int is_early(const lemnos_pointwise *kernel, const lemnos_result *result) {
  int inputs = kernel->input_count, source = result->source;
  if (!lemnos_is_register(result->dtype) || source < inputs || kernel->is_number[source]) return 0;
  for (int32_t r = 0; r < inputs; r++) {
    const lemnos_input *input = &kernel->inputs[r];
    if (input->walk != LEMNOS_CONTIGUOUS || (const int32_t *)input->base + input->offset != result->base) continue;
    for (int s = source - inputs + 1; s < kernel->step_count; s++) {
      if (reads(&kernel->steps[s], r)) return 0;
    }
    for (int f = 0; f < kernel->reduction_count; f++) {
      if (kernel->reductions[f].source == r) return 0;
    }
    for (int other = 0; other < kernel->result_count; other++) {
      if (kernel->results[other].source == r) return 0;
    }
  }
  return 1;
}

// True if the value of step `s` is read from memory: by steps from `next` on, or after all steps.
static int is_read_later(const lemnos_pointwise *kernel, int s, int next) {
  int32_t own = kernel->input_count + s;
  for (int later = next; later < kernel->step_count; later++) {
    if (reads(&kernel->steps[later], own)) return 1;
  }
  for (int f = 0; f < kernel->reduction_count; f++) {
    if (kernel->reductions[f].source == own && !kernel->is_accumulated[f]) return 1;
  }
  for (int r = 0; r < kernel->result_count; r++) {
    if (kernel->results[r].source == own && kernel->is_late[r]) return 1;
  }
  return 0;
}

int32_t lemnos_instruction_limit(int32_t steps, int32_t results, int32_t reductions) { return 3 * steps + results + 2 * reductions + 1; }

// True if a register's memory block is written.
static int is_in_memory(const lemnos_pointwise *kernel, int32_t r) {
  if (kernel->is_number[r]) return kernel->is_filled[r];
  if (r < kernel->input_count) {
    const lemnos_input *input = &kernel->inputs[r];
    return input->walk == LEMNOS_PERIODIC || input->walk == LEMNOS_STRIDED || !lemnos_is_register(input->dtype);
  }
  for (const lemnos_instruction *at = kernel->code; at->code != CODE_end; at++) {
    if ((at->code == CODE_store || at->code == CODE_compute) && at->operands[0] == r) return 1;
  }
  return 0;
}

// The number of memory blocks that are written.
static int block_count(const lemnos_pointwise *kernel) {
  int count = 0;
  for (int32_t r = 0; r < kernel->input_count + kernel->step_count; r++) {
    int is_new = is_in_memory(kernel, r);
    for (int32_t other = 0; other < r && is_new; other++) {
      if (kernel->slot[other] == kernel->slot[r] && is_in_memory(kernel, other)) is_new = 0;
    }
    count += is_new;
  }
  return count;
}

// The block length: as long as all blocks in memory fit into the L1 cache together, because each block has a
// fixed cost; and a multiple of LEMNOS_LEAST_RUN and of the period, so that periodic inputs are read once.
static int64_t block_length(const lemnos_pointwise *kernel) {
  enum { SHORT = 256, LONG = 2048, TOGETHER = 4096 };
  int64_t period = 0, longest = LONG;
  while (longest > SHORT && longest * block_count(kernel) > TOGETHER) longest /= 2;
  for (int r = 0; r < kernel->input_count; r++) {
    const lemnos_input *input = &kernel->inputs[r];
    if (input->walk != LEMNOS_PERIODIC || input->shape[0] > SHORT) continue;
    if (period != 0 && period != input->shape[0]) return longest;
    period = input->shape[0];
  }
  for (int64_t length = LEMNOS_LEAST_RUN; period != 0 && length <= longest; length += LEMNOS_LEAST_RUN) {
    if (length % period == 0) return longest / length * length;
  }
  return longest;
}

// True if a register is read only by instructions that take a scalar operand: by no sum, no result, and no
// step without such an instruction.
static int only_instructions_read(const lemnos_pointwise *kernel, int32_t r) {
  for (int32_t f = 0; f < kernel->reduction_count; f++) {
    if (kernel->reductions[f].source == r) return 0;
  }
  for (int32_t result = 0; result < kernel->result_count; result++) {
    if (kernel->results[result].source == r) return 0;
  }
  for (int32_t s = 0; s < kernel->step_count; s++) {
    const lemnos_step *step = &kernel->steps[s];
    int has_instruction = first_code(step) != 0 && step->operation != LEMNOS_SELECT;
    if (!has_instruction && reads(step, r)) return 0;
  }
  return 1;
}

// True if instructions accumulate a row sum, without a separate pass over the block: rows are whole
// accumulators, and some step makes or reads the summed value.
static int is_accumulated(const lemnos_pointwise *kernel, const lemnos_reduction *reduction) {
  if (reduction->inner != 1 || reduction->reduced % LEMNOS_LEAST_RUN != 0 || kernel->is_number[reduction->source]) return 0;
  for (int32_t s = 0; s < kernel->step_count; s++) {
    if (kernel->input_count + s == reduction->source || reads(&kernel->steps[s], reduction->source)) return 1;
  }
  return 0;
}

// Emits the instructions that add the accumulator, which holds register `held`, to its sums.
static lemnos_instruction *accumulate(const lemnos_pointwise *kernel, int32_t held, lemnos_instruction *code) {
  int32_t first = kernel->input_count + kernel->step_count + kernel->result_count;
  for (int32_t f = 0; f < kernel->reduction_count; f++) {
    if (!kernel->is_accumulated[f] || kernel->reductions[f].source != held) continue;
    *code++ = (lemnos_instruction){.code = CODE_accumulate, .operands = {first + f}};
  }
  return code;
}

void lemnos_pointwise_prepare(lemnos_pointwise *kernel) {
  int32_t inputs = kernel->input_count, steps = kernel->step_count, held = -1;
  for (int32_t r = 0; r < inputs; r++) {
    lemnos_walk walk = kernel->inputs[r].walk;
    kernel->is_number[r] = walk == LEMNOS_UNIFORM || (walk == LEMNOS_REPEATED && only_instructions_read(kernel, r));
  }
  for (int32_t s = 0; s < steps; s++) kernel->is_number[inputs + s] = kernel->steps[s].operation == LEMNOS_LITERAL;
  for (int32_t r = 0; r < kernel->result_count; r++) kernel->is_late[r] = !is_early(kernel, &kernel->results[r]);
  for (int32_t r = 0; r < inputs + steps; r++) kernel->is_filled[r] = 0;
  for (int32_t f = 0; f < kernel->reduction_count; f++) {
    kernel->is_accumulated[f] = is_accumulated(kernel, &kernel->reductions[f]);
    if (!kernel->is_accumulated[f]) kernel->is_filled[kernel->reductions[f].source] = 1;
  }
  for (int32_t r = 0; r < kernel->result_count; r++) kernel->is_filled[kernel->results[r].source] = 1;
  lemnos_instruction *code = kernel->code;
  for (int32_t r = 0; r < inputs; r++) {
    lemnos_instruction *loading = code;
    code = accumulate(kernel, r, code + 1);
    if (code == loading + 1) {
      code = loading;
      continue;
    }
    *loading = (lemnos_instruction){.code = CODE_load, .operands = {r}};
    held = r;
  }
  for (int32_t s = 0; s < steps; s++) {
    const lemnos_step *step = &kernel->steps[s];
    if (step->operation == LEMNOS_LITERAL) continue;
    int32_t own = inputs + s, first = step->arguments[0], is_computed = 0;
    lemnos_instruction now = take(kernel, step, held);
    if (now.code == 0) {
      now = take(kernel, step, first);
      if (now.code != 0) {
        *code++ = (lemnos_instruction){.code = kernel->is_number[first] ? CODE_load_number : CODE_load, .operands = {first}};
      }
    }
    if (now.code == 0) {
      is_computed = 1;
      now = (lemnos_instruction){
        .code = CODE_compute, .operands = {own, first, step->arguments[1], step->arguments[2]}, .operation = step->operation,
        .is_float = step->is_float};
      for (int k = 0; k < 3; k++) kernel->is_filled[step->arguments[k]] = 1;
    }
    *code++ = now;
    held = own;
    int32_t next = s + 1;
    while (next < steps && kernel->steps[next].operation == LEMNOS_LITERAL) next++;
    if (next < steps && take(kernel, &kernel->steps[next], own).code != 0) next++;
    if (!is_computed && is_read_later(kernel, s, next)) {
      *code++ = (lemnos_instruction){.code = CODE_store, .operands = {own}};
    }
    for (int32_t r = 0; r < kernel->result_count; r++) {
      if (kernel->is_late[r] || kernel->results[r].source != own) continue;
      *code++ = (lemnos_instruction){.code = CODE_store, .operands = {inputs + steps + r}};
    }
    code = accumulate(kernel, own, code);
  }
  *code = (lemnos_instruction){.code = CODE_end};
  // Padding beyond the last elements must not be summed: the remainder is stored, and summed separately.
  for (const lemnos_instruction *at = kernel->code; at <= code; at++) {
    lemnos_instruction *rest = &kernel->rest[at - kernel->code];
    *rest = *at;
    if (at->code == CODE_accumulate) rest->code = CODE_store;
  }
  kernel->block = block_length(kernel);
}
