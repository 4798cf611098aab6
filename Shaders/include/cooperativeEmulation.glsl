// In place of the device's matrices, for tests on devices without them: a quarter of the workgroup counts as a subgroup, whose
// invocations hold the results in turn. A factor is where it lies in the shared tiles, results are known by their number.
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
// Loops stay loops, of a length that the driver does not know: a processor compiles long code slowly.
#define UNROLL
#define TIMES(count) min(count, gl_NumWorkGroups.x << 16u)
