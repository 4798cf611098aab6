// The int32 nearest to an int64, given by its lower and upper words.
int saturated(uvec2 x) {
  int low = int(x.x), high = int(x.y);
  return high == low >> 31 ? low : high < 0 ? -2147483647 - 1 : 2147483647;
}
