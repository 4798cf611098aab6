// Cooperative matrices, each in the registers of one subgroup (VK_KHR_cooperative_matrix).
#extension GL_KHR_memory_scope_semantics : require
#extension GL_KHR_cooperative_matrix : require
#extension GL_KHR_shader_subgroup_basic : require
#if BFLOAT == 1
#extension GL_EXT_bfloat16 : require
#define UNIT_ELEMENT bfloat16_t
#else
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#define UNIT_ELEMENT float16_t
#endif
#define SUBGROUP gl_SubgroupID
#define LEFT_UNIT coopmat<UNIT_ELEMENT, gl_ScopeSubgroup, UNIT_ROWS, UNIT_DEPTH, gl_MatrixUseA>
#define RIGHT_UNIT coopmat<UNIT_ELEMENT, gl_ScopeSubgroup, UNIT_DEPTH, UNIT_COLUMNS, gl_MatrixUseB>
#define SUM_UNIT coopmat<float, gl_ScopeSubgroup, UNIT_ROWS, UNIT_COLUMNS, gl_MatrixUseAccumulator>
#define ZERO_UNIT(number) SUM_UNIT(0.0)
// Both operands are contiguous along the depth: the left is row-major, the right column-major.
#define LOAD_LEFT(unit, word) coopMatLoad(unit, tiles, word, STRIDE, gl_CooperativeMatrixLayoutRowMajor)
#define LOAD_RIGHT(unit, word) coopMatLoad(unit, tiles, word, STRIDE, gl_CooperativeMatrixLayoutColumnMajor)
#define MULTIPLY_ADD(left, right, sum) coopMatMulAdd(left, right, sum)
#define STORE_UNIT(sum, first) coopMatStore(sum, unitResults, first, UNIT_COLUMNS, gl_CooperativeMatrixLayoutRowMajor)
// Matrices stay in registers only if loops over them are unrolled.
#define UNROLL [[unroll]]
#define TIMES(count) count
