// Emulates cooperative matrices for tests on devices without them: a quarter of the workgroup acts as a
// subgroup, among whose invocations results are distributed. An operand is its index in the shared tiles, a
// result its number.
#define SUBGROUP (gl_LocalInvocationID.x / (gl_WorkGroupSize.x / 4u))
#define SUBGROUP_LANE (gl_LocalInvocationID.x % (gl_WorkGroupSize.x / 4u))
#define LEFT_UNIT uint
#define RIGHT_UNIT uint
#define SUM_UNIT uint
#define ZERO_UNIT(number) zeroSums(number)
#define LOAD_LEFT(unit, word) unit = word
#define LOAD_RIGHT(unit, word) unit = word
#define MULTIPLY_ADD(left, right, sum) multiplyAdded(left, right, sum)
#define STORE_UNIT(sum, first) storeSums(sum, first)
// Loops are not unrolled, with a bound unknown to the driver: CPU drivers compile long code slowly.
#define UNROLL
#define TIMES(count) min(count, gl_NumWorkGroups.x << 16u)
