// The accumulator machine for one vector instruction set. Included once per set, with LANES, TARGET and NAMED
// defined.

typedef float NAMED(vector) __attribute__((vector_size(4 * LANES), aligned(4)));
typedef int32_t NAMED(ints) __attribute__((vector_size(4 * LANES), aligned(4)));
#define V NAMED(vector)
#define I NAMED(ints)
#define INLINED static inline __attribute__((always_inline)) TARGET

INLINED V NAMED(chosen)(I mask, V a, V b) { return (V)((mask & (I)a) | (~mask & (I)b)); }

// Written so that NaN propagates; likewise below.
INLINED V NAMED(maximum)(V a, V b) { return NAMED(chosen)((a < b) | (b != b), b, a); }
INLINED V NAMED(minimum)(V a, V b) { return NAMED(chosen)((b < a) | (b != b), b, a); }
INLINED V NAMED(less)(V a, V b) { return (V)((a < b) & 1); }
INLINED V NAMED(equal)(V a, V b) { return (V)((a == b) & 1); }
INLINED V NAMED(add)(V a, V b) { return a + b; }
INLINED V NAMED(subtract)(V a, V b) { return a - b; }
INLINED V NAMED(multiply)(V a, V b) { return a * b; }
INLINED V NAMED(divide)(V a, V b) { return a / b; }
INLINED V NAMED(negate)(V a) { return -a; }
INLINED V NAMED(magnitude)(V a) { return (V)((I)a & 0x7fffffff); }
INLINED V NAMED(root)(V a) { return __builtin_elementwise_sqrt(a); }
INLINED V NAMED(relu)(V a) { return (V)(~(a < 0.0f) & (I)a); }
INLINED V NAMED(to_float)(V a) { return __builtin_convertvector((I)a, V); }

#define EACH(DO) DO(v0, 0) DO(v1, 1) DO(v2, 2) DO(v3, 3) DO(v4, 4) DO(v5, 5) DO(v6, 6) DO(v7, 7)
#define VECTOR(k) ((const V *)(operands[at->operands[k]] + e))
// Broadcasts a scalar: subtracting 0 preserves every value.
#define NUMBER(k) (operands[at->operands[k]][e / (8 * LANES)] - (V){0})
#define NEXT { at++; goto *labels[at->code]; }

#define READ(v, k) v = x[k];
#define FILL(v, k) v = x;
#define WRITE(v, k) y[k] = v;
#define OF_VECTOR(v, k) v = OPERATION(v, x[k]);
#define OF_NUMBER(v, k) v = OPERATION(v, x);
#define VECTOR_OF(v, k) v = OPERATION(x[k], v);
#define NUMBER_OF(v, k) v = OPERATION(x, v);
#define OF_ITSELF(v, k) v = OPERATION(v, v);
#define ALONE(v, k) v = OPERATION(v);
#define SELECT_VECTOR_VECTOR(v, k) v = NAMED(chosen)(IS_TRUE(v), a[k], b[k]);
#define SELECT_VECTOR_NUMBER(v, k) v = NAMED(chosen)(IS_TRUE(v), a[k], b);
#define SELECT_NUMBER_VECTOR(v, k) v = NAMED(chosen)(IS_TRUE(v), a, b[k]);
#define SELECT_NUMBER_NUMBER(v, k) v = NAMED(chosen)(IS_TRUE(v), a, b);

#define OF_TWO(name) \
  name##_by_vector: { const V *x = VECTOR(0); EACH(OF_VECTOR) NEXT } \
  name##_by_number: { V x = NUMBER(0); EACH(OF_NUMBER) NEXT } \
  vector_##name: { const V *x = VECTOR(0); EACH(VECTOR_OF) NEXT } \
  number_##name: { V x = NUMBER(0); EACH(NUMBER_OF) NEXT } \
  name##_itself: { EACH(OF_ITSELF) NEXT }
#define OF_ONE(name) \
  name##_alone: { EACH(ALONE) NEXT }
#define SELECT(name) \
  name##_vector_vector: { const V *a = VECTOR(0), *b = VECTOR(1); EACH(SELECT_VECTOR_VECTOR) NEXT } \
  name##_vector_number: { const V *a = VECTOR(0); V b = NUMBER(1); EACH(SELECT_VECTOR_NUMBER) NEXT } \
  name##_number_vector: { V a = NUMBER(0); const V *b = VECTOR(1); EACH(SELECT_NUMBER_VECTOR) NEXT } \
  name##_number_number: { V a = NUMBER(0); V b = NUMBER(1); EACH(SELECT_NUMBER_NUMBER) NEXT }

// The accumulator is eight vectors, which the compiler keeps in registers across instructions.
TARGET static void NAMED(run)(const lemnos_instruction *code, float *const *operands, int64_t begin, int64_t end) {
#define LABEL(name) &&name,
  static const void *const labels[] = { LEMNOS_CODES(LABEL) };
#undef LABEL
  V v0 = {0}, v1 = v0, v2 = v0, v3 = v0, v4 = v0, v5 = v0, v6 = v0, v7 = v0;
  for (int64_t e = begin; e < end; e += 8 * LANES) {
    const lemnos_instruction *at = code;
    goto *labels[at->code];

    load: { const V *x = VECTOR(0); EACH(READ) NEXT }
    load_number: { V x = NUMBER(0); EACH(FILL) NEXT }
    store: { V *y = (V *)VECTOR(0); EACH(WRITE) NEXT }
    accumulate: {
      V *y = (V *)operands[at->operands[0]] + e / (8 * LANES);
      *y = ((v0 + v1) + (v2 + v3)) + ((v4 + v5) + (v6 + v7));
      NEXT
    }
    // A step without an instruction: from memory to memory.
    compute: {
      const V *x = VECTOR(0);
      lemnos_compute_step(at->operation, at->is_float, (V *)x, VECTOR(1), VECTOR(2), VECTOR(3), 8 * LANES);
      EACH(READ)
      NEXT
    }

#define OPERATION NAMED(add)
    OF_TWO(add)
#undef OPERATION
#define OPERATION NAMED(subtract)
    OF_TWO(subtract)
#undef OPERATION
#define OPERATION NAMED(multiply)
    OF_TWO(multiply)
#undef OPERATION
#define OPERATION NAMED(divide)
    OF_TWO(divide)
#undef OPERATION
#define OPERATION NAMED(maximum)
    OF_TWO(maximum)
#undef OPERATION
#define OPERATION NAMED(minimum)
    OF_TWO(minimum)
#undef OPERATION
#define OPERATION NAMED(less)
    OF_TWO(less)
#undef OPERATION
#define OPERATION NAMED(equal)
    OF_TWO(equal)
#undef OPERATION
#define OPERATION NAMED(negate)
    OF_ONE(negate)
#undef OPERATION
#define OPERATION NAMED(magnitude)
    OF_ONE(magnitude)
#undef OPERATION
#define OPERATION NAMED(root)
    OF_ONE(root)
#undef OPERATION
#define OPERATION NAMED(relu)
    OF_ONE(relu)
#undef OPERATION
#define OPERATION NAMED(to_float)
    OF_ONE(to_float)
#undef OPERATION
#define IS_TRUE(v) ((v) != 0.0f)
    SELECT(select_by_float)
#undef IS_TRUE
#define IS_TRUE(v) ((I)(v) != 0)
    SELECT(select_by_int)
#undef IS_TRUE

    end: continue;
  }
}

#undef V
#undef I
#undef INLINED
#undef EACH
#undef VECTOR
#undef NUMBER
#undef NEXT
#undef READ
#undef FILL
#undef WRITE
#undef OF_VECTOR
#undef OF_NUMBER
#undef VECTOR_OF
#undef NUMBER_OF
#undef OF_ITSELF
#undef ALONE
#undef SELECT_VECTOR_VECTOR
#undef SELECT_VECTOR_NUMBER
#undef SELECT_NUMBER_VECTOR
#undef SELECT_NUMBER_NUMBER
#undef OF_TWO
#undef OF_ONE
#undef SELECT
#undef LANES
#undef TARGET
#undef NAMED
