// Elements of the left operand's rows, which all 8 invocations of a workgroup need: if these are one
// subgroup, each loads one and broadcasts it, because a load by all of them costs a CPU as much as eight.
// Otherwise each loads all.
#ifdef SUBGROUP
#define ROW_LOADS (ROWS / 8u)
#define LOADED_ROW(t) ((t) * 8u + gl_SubgroupInvocationID)
#define OF_ROW(loads, i) subgroupBroadcast(loads[(i) / 8u], (i) % 8u)
#else
#define ROW_LOADS ROWS
#define LOADED_ROW(t) (t)
#define OF_ROW(loads, i) loads[i]
#endif
