#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#include "../include/index.glsl"
#include "../include/philox.glsl"
//! variant attention GRADIENT=0 REAL=float REAL4=vec4
//! variant attentionGradient GRADIENT=1 REAL=float REAL4=vec4
//! variant attentionFloat64 GRADIENT=0 REAL=double REAL4=dvec4 FLOAT64=1
//! variant attentionGradientFloat64 GRADIENT=1 REAL=double REAL4=dvec4 FLOAT64=1
#ifdef FLOAT64
#include "../include/elementary.glsl"
#define EXP exp_64
#define LOG log_64
// Doubles take two registers each: what is loaded ahead of its use has no room.
#define UNROLL [[dont_unroll]]
#else
#define EXP exp
#define LOG log
#define UNROLL [[unroll]]
#endif

// A workgroup has 32 rows of its own, queries or keys, and goes through the others 32 at a time: their products with its
// rows are 32×32 scores, 4×4 in the registers of each of its 64 invocations. They become weights in shared memory, with
// which the others' values, or whatever is weighted, are added up in registers, for 32 · CHUNKS channels. So a number
// that is loaded is used 32 times. Nothing is added by two workgroups: the same bits every time.
layout(local_size_x = 64) in;
layout(constant_id = 0) const uint CHUNKS = 1u;
// Weights are dropped whose random numbers' upper 24 bits are below this, none at 0; the others get a factor, a float or the two
// halves of a double.
layout(constant_id = 1) const uint DROPPED_BELOW = 0u;
layout(constant_id = 2) const uint KEPT_LOW = 0u;
layout(constant_id = 3) const uint KEPT_HIGH = 0u;
layout(std430, binding = 0) readonly buffer Queries { REAL q[]; };
layout(std430, binding = 1) readonly buffer Keys { REAL k[]; };
layout(std430, binding = 2) readonly buffer Values { REAL v[]; };
// What the form lacks is bound to something else, and not read.
layout(std430, binding = 3) readonly buffer Mask { REAL mask[]; };
layout(std430, binding = 4) readonly buffer QueryDocuments { int queryDocuments[]; };
layout(std430, binding = 5) readonly buffer KeyDocuments { int keyDocuments[]; };
layout(std430, binding = 6) readonly buffer RandomKey { uint randomKey[]; };
layout(std430, binding = 7) readonly buffer RandomCounter { uint randomCounter[]; };
#if GRADIENT
layout(std430, binding = 8) readonly buffer Upstream { REAL dy[]; };
layout(std430, binding = 9) readonly buffer Results { REAL results[]; };
layout(std430, binding = 10) readonly buffer Products { REAL products[]; };
layout(std430, binding = 11) writeonly buffer Y { REAL y[]; };
#else
layout(std430, binding = 8) writeonly buffer Y { REAL y[]; };
#endif
// Of rows: the offset, and the distances between sequences, heads or groups, and places. The scale is a float, or the
// two halves of a double.
layout(push_constant) uniform Sizes {
  uvec4 queryRows, keyRows, valueRows, upstreamRows, maskRows;
  uint maskColumn, images, heads, groups, queries, keys, channels, scaleLow, scaleHigh, flags, units, stream;
};
const uint CAUSAL = 1u, MASKED = 2u, DOCUMENTS = 4u, TOGETHER = 8u;
const uint QUERY = 0u, KEY = 1u, VALUE = 2u, UPSTREAM = 3u;
// As in Attention: masks up to the first leave a key out, whose score is the second; the third is below all others.
const REAL LEAVES_OUT = -1e30, LEFT_OUT = -1e38, NO_SCORE = -1e37;

#ifdef FLOAT64
REAL scale() { return packDouble2x32(uvec2(scaleLow, scaleHigh)); }
REAL kept() { return packDouble2x32(uvec2(KEPT_LOW, KEPT_HIGH)); }
#else
REAL scale() { return uintBitsToFloat(scaleLow); }
REAL kept() { return uintBitsToFloat(KEPT_LOW); }
#endif

// Rows are padded by four, against bank conflicts. 16 channels of the workgroup's rows, then of the others; or 32 channels
// of the others.
shared REAL operands[32][36];
// Of each other row and own row.
shared REAL weights[32][36];
// Of each own row, what the eight invocations have found that share it.
shared REAL partials[8][32];

REAL4 total[CHUNKS][4];
// Of doubles, keys and values have workgroups of their own: an invocation has no registers for both.
#if GRADIENT && !defined FLOAT64
#define BOTH
REAL4 otherTotal[CHUNKS][4];
#endif

uint down() { return gl_LocalInvocationID.x / 8u; }
uint across() { return gl_LocalInvocationID.x % 8u; }

REAL element(const uint which, uint place) {
  if (which == QUERY) return q[place];
  if (which == KEY) return k[place];
#if GRADIENT
  if (which == UPSTREAM) return dy[place];
#endif
  return v[place];
}

// A run of rows, of which those from `first` to `end` are there: the first row of a sequence's head, and the distance.
struct Rows {
  uint base, step, first, end;
};

Rows rowsOf(uvec4 place, uint image, uint head, uint first, uint end) {
  return Rows(place.x + image * place.y + head * place.z, place.w, first, end);
}

void loadChunk(const uint which, Rows rows, uint channel, const uint to) {
  uint lane = gl_LocalInvocationID.x, c = lane % 16u;
  UNROLL for (uint i = 0u; i < 8u; i++) {
    uint row = i * 4u + lane / 16u;
    bool isThere = rows.first + row < rows.end && channel + c < channels;
    operands[to + c][row] =
        isThere ? element(which, rows.base + (rows.first + row) * rows.step + channel + c) : REAL(0.0);
  }
}

// Products of own and other rows: [i][j] of own row 4 · down + i and other row 4 · across + j.
void multiplyRows(const uint ownKind, Rows own, const uint otherKind, Rows other, out REAL4 sums[4]) {
  [[unroll]] for (uint i = 0u; i < 4u; i++) sums[i] = REAL4(0.0);
  for (uint c = 0u; c < channels; c += 16u) {
    barrier();
    loadChunk(ownKind, own, c, 0u);
    loadChunk(otherKind, other, c, 16u);
    barrier();
    UNROLL for (uint l = 0u; l < 16u; l++) {
      REAL4 right;
      [[unroll]] for (uint j = 0u; j < 4u; j++) right[j] = operands[16u + l][4u * across() + j];
      [[unroll]] for (uint i = 0u; i < 4u; i++) {
        sums[i] = fma(REAL4(operands[l][4u * down() + i]), right, sums[i]);
      }
    }
  }
}

// Adds the other rows, weighted, to the totals of channels from `first` on.
void addWeighted(const uint kind, Rows other, uint first, const bool isOther) {
  uint lane = gl_LocalInvocationID.x;
  [[unroll]] for (uint chunk = 0u; chunk < CHUNKS; chunk++) {
    uint channel = first + 32u * chunk + lane % 32u;
    barrier();
    UNROLL for (uint i = 0u; i < 16u; i++) {
      uint row = i * 2u + lane / 32u;
      bool isThere = other.first + row < other.end && channel < channels;
      operands[row][lane % 32u] =
          isThere ? element(kind, other.base + (other.first + row) * other.step + channel) : REAL(0.0);
    }
    barrier();
    for (uint from = 0u; from < 32u; from += 4u) {
      UNROLL for (uint o = 0u; o < 4u; o++) {
        REAL4 right;
        [[unroll]] for (uint j = 0u; j < 4u; j++) right[j] = operands[from + o][4u * across() + j];
        [[unroll]] for (uint i = 0u; i < 4u; i++) {
          REAL4 weight = REAL4(weights[from + o][4u * down() + i]);
#ifdef BOTH
          if (isOther) otherTotal[chunk][i] = fma(weight, right, otherTotal[chunk][i]);
          else
#endif
          total[chunk][i] = fma(weight, right, total[chunk][i]);
        }
      }
    }
  }
}

// The score of a query and a key, of their product; LEFT_OUT if the query has not that key.
REAL score(REAL product, uint image, uint head, uint query, uint key) {
  if (query >= queries || key >= keys) return LEFT_OUT;
  if ((flags & CAUSAL) != 0u && int(key) > int(query) + int(keys) - int(queries)) return LEFT_OUT;
  if ((flags & DOCUMENTS) != 0u && queryDocuments[image * queries + query] != keyDocuments[image * keys + key]) {
    return LEFT_OUT;
  }
  REAL result = product * scale();
  if ((flags & MASKED) != 0u) {
    REAL added =
        mask[maskRows.x + image * maskRows.y + head * maskRows.z + query * maskRows.w + key * maskColumn];
    if (added <= LEAVES_OUT) return LEFT_OUT;
    result += added;
  }
  return result;
}

// The factors by dropout of the weights of a query and four keys, of which the first is a multiple of four.
REAL4 factors(uint image, uint head, uint query, uint key) {
  uint row = (image * heads + head) * queries + query;
  uvec4 words = philox(
      row * ((keys + 3u) / 4u) + key / 4u, randomCounter[0], stream, uvec2(randomKey[0], randomKey[1]));
  REAL4 result;
  [[unroll]] for (uint i = 0u; i < 4u; i++) result[i] = words[i] >> 8 < DROPPED_BELOW ? REAL(0.0) : kept();
  return result;
}

// The key after the last one that a query has by causality.
uint endOfKeys(uint query) {
  return (flags & CAUSAL) != 0u ? uint(clamp(int(query) + 1 + int(keys) - int(queries), 0, int(keys))) : keys;
}

uint rowBlocks(uint rows) { return (rows + 31u) / 32u; }
uint columnParts() { return (channels + 32u * CHUNKS - 1u) / (32u * CHUNKS); }

void clearTotals() {
  [[unroll]] for (uint chunk = 0u; chunk < CHUNKS; chunk++) {
    [[unroll]] for (uint i = 0u; i < 4u; i++) {
      total[chunk][i] = REAL4(0.0);
#ifdef BOTH
      otherTotal[chunk][i] = REAL4(0.0);
#endif
    }
  }
}

#if GRADIENT
REAL weightOf(REAL score, uint place) {
  return score <= NO_SCORE ? REAL(0.0) : EXP(score - results[images * queries * heads * channels + place]);
}

void gradientOfQueries(uint unit) {
  uint part = unit % columnParts(), block = unit / columnParts() % rowBlocks(queries);
  uint head = unit / columnParts() / rowBlocks(queries), image = head / heads;
  head %= heads;
  uint group = head / (heads / groups), first = 32u * block, column = 32u * CHUNKS * part;
  Rows own = rowsOf(queryRows, image, head, first, queries);
  Rows upstream = rowsOf(upstreamRows, image, head, first, queries);
  uint end = endOfKeys(min(first + 31u, queries - 1u));
  for (uint other = 0u; other < end; other += 32u) {
    REAL4 scores[4], dWeights[4];
    Rows key = rowsOf(keyRows, image, group, other, keys);
    multiplyRows(QUERY, own, KEY, key, scores);
    multiplyRows(UPSTREAM, upstream, VALUE, rowsOf(valueRows, image, group, other, keys), dWeights);
    [[unroll]] for (uint i = 0u; i < 4u; i++) {
      uint query = first + 4u * down() + i;
      uint place = (image * queries + min(query, queries - 1u)) * heads + head;
      if (DROPPED_BELOW > 0u) dWeights[i] *= factors(image, head, query, other + 4u * across());
      [[unroll]] for (uint j = 0u; j < 4u; j++) {
        REAL weight = weightOf(score(scores[i][j], image, head, query, other + 4u * across() + j), place);
        weights[4u * across() + j][4u * down() + i] = weight * (dWeights[i][j] - products[place]);
      }
    }
    addWeighted(KEY, key, column, false);
  }
  [[unroll]] for (uint i = 0u; i < 4u; i++) {
    uint query = first + 4u * down() + i;
    [[unroll]] for (uint chunk = 0u; chunk < CHUNKS; chunk++) {
      [[unroll]] for (uint j = 0u; j < 4u; j++) {
        uint channel = column + 32u * chunk + 4u * across() + j;
        if (query >= queries || channel >= channels) continue;
        uint row = (flags & TOGETHER) != 0u ? heads + 2u * groups : heads;
        y[((image * queries + query) * row + head) * channels + channel] = scale() * total[chunk][i][j];
      }
    }
  }
}

void gradientsOfKeys(uint unit) {
#ifndef BOTH
  bool isOfValues = unit % 2u == 1u;
  unit /= 2u;
#endif
  uint part = unit % columnParts(), block = unit / columnParts() % rowBlocks(keys);
  uint group = unit / columnParts() / rowBlocks(keys), image = group / groups;
  group %= groups;
  uint ofGroup = heads / groups, first = 32u * block, column = 32u * CHUNKS * part;
  Rows own = rowsOf(keyRows, image, group, first, keys), value = rowsOf(valueRows, image, group, first, keys);
  // The first query that has one of these keys.
  uint begin = (flags & CAUSAL) != 0u ? uint(max(int(first) + int(queries) - int(keys), 0)) : 0u;
  for (uint head = group * ofGroup; head < (group + 1u) * ofGroup; head++) {
    for (uint other = begin; other < queries; other += 32u) {
      REAL4 scores[4], dWeights[4];
      Rows query = rowsOf(queryRows, image, head, other, queries);
      Rows upstream = rowsOf(upstreamRows, image, head, other, queries);
      multiplyRows(KEY, own, QUERY, query, scores);
      multiplyRows(VALUE, value, UPSTREAM, upstream, dWeights);
      [[unroll]] for (uint j = 0u; j < 4u; j++) {
        uint at = other + 4u * across() + j;
        uint place = (image * queries + min(at, queries - 1u)) * heads + head;
        REAL4 factor = REAL4(1.0);
        if (DROPPED_BELOW > 0u) factor = factors(image, head, at, first + 4u * down());
        [[unroll]] for (uint i = 0u; i < 4u; i++) {
          REAL weight = weightOf(score(scores[i][j], image, head, at, first + 4u * down() + i), place);
          REAL dropped = weight;
          if (DROPPED_BELOW > 0u) {
            dropped *= factor[i];
            dWeights[i][j] *= factor[i];
          }
#ifdef BOTH
          weights[4u * across() + j][4u * down() + i] = dropped;
          dWeights[i][j] = weight * (dWeights[i][j] - products[place]);
#else
          weights[4u * across() + j][4u * down() + i] =
              isOfValues ? dropped : weight * (dWeights[i][j] - products[place]);
#endif
        }
      }
#ifdef BOTH
      addWeighted(UPSTREAM, upstream, column, true);
      barrier();
      [[unroll]] for (uint i = 0u; i < 4u; i++) {
        [[unroll]] for (uint j = 0u; j < 4u; j++) weights[4u * across() + j][4u * down() + i] = dWeights[i][j];
      }
      addWeighted(QUERY, query, column, false);
#else
      if (isOfValues) addWeighted(UPSTREAM, upstream, column, false);
      else addWeighted(QUERY, query, column, false);
#endif
    }
  }
  // The gradients of queries, keys and values are one after another, or TOGETHER at each place.
  bool together = (flags & TOGETHER) != 0u;
  uint row = together ? heads + 2u * groups : groups;
  uint start = channels * (together ? heads : images * queries * heads);
  uint count = channels * (together ? groups : images * keys * groups);
  [[unroll]] for (uint i = 0u; i < 4u; i++) {
    uint key = first + 4u * down() + i;
    [[unroll]] for (uint chunk = 0u; chunk < CHUNKS; chunk++) {
      [[unroll]] for (uint j = 0u; j < 4u; j++) {
        uint channel = column + 32u * chunk + 4u * across() + j;
        if (key >= keys || channel >= channels) continue;
        uint place = start + ((image * keys + key) * row + group) * channels + channel;
#ifdef BOTH
        y[place] = scale() * total[chunk][i][j];
        y[place + count] = otherTotal[chunk][i][j];
#else
        if (isOfValues) y[place + count] = total[chunk][i][j];
        else y[place] = scale() * total[chunk][i][j];
#endif
      }
    }
  }
}
#else
void attend(uint unit) {
  uint part = unit % columnParts(), block = unit / columnParts() % rowBlocks(queries);
  uint head = unit / columnParts() / rowBlocks(queries), image = head / heads;
  head %= heads;
  uint group = head / (heads / groups), first = 32u * block, column = 32u * CHUNKS * part;
  Rows own = rowsOf(queryRows, image, head, first, queries);
  REAL4 greatest = REAL4(NO_SCORE), sums = REAL4(0.0);
  uint end = endOfKeys(min(first + 31u, queries - 1u));
  for (uint other = 0u; other < end; other += 32u) {
    REAL4 scores[4];
    multiplyRows(QUERY, own, KEY, rowsOf(keyRows, image, group, other, keys), scores);
    [[unroll]] for (uint i = 0u; i < 4u; i++) {
      [[unroll]] for (uint j = 0u; j < 4u; j++) {
        scores[i][j] = score(scores[i][j], image, head, first + 4u * down() + i, other + 4u * across() + j);
      }
      partials[across()][4u * down() + i] =
          max(max(scores[i][0], scores[i][1]), max(scores[i][2], scores[i][3]));
    }
    barrier();
    REAL4 most = greatest;
    [[unroll]] for (uint i = 0u; i < 4u; i++) {
      [[unroll]] for (uint from = 0u; from < 8u; from++) most[i] = max(most[i], partials[from][4u * down() + i]);
      REAL factor = EXP(greatest[i] - most[i]);
      REAL power = REAL(0.0);
      REAL4 keptOf = REAL4(1.0);
      if (DROPPED_BELOW > 0u) keptOf = factors(image, head, first + 4u * down() + i, other + 4u * across());
      [[unroll]] for (uint j = 0u; j < 4u; j++) {
        REAL weight = scores[i][j] <= NO_SCORE ? REAL(0.0) : EXP(scores[i][j] - most[i]);
        power += weight;
        if (DROPPED_BELOW > 0u) weight *= keptOf[j];
        weights[4u * across() + j][4u * down() + i] = weight;
      }
      sums[i] = sums[i] * factor + power;
      [[unroll]] for (uint chunk = 0u; chunk < CHUNKS; chunk++) total[chunk][i] *= factor;
    }
    greatest = most;
    addWeighted(VALUE, rowsOf(valueRows, image, group, other, keys), column, false);
  }
  barrier();
  [[unroll]] for (uint i = 0u; i < 4u; i++) partials[across()][4u * down() + i] = sums[i];
  barrier();
  [[unroll]] for (uint i = 0u; i < 4u; i++) {
    uint query = first + 4u * down() + i, place = (image * queries + query) * heads + head;
    REAL sum = REAL(0.0);
    [[unroll]] for (uint from = 0u; from < 8u; from++) sum += partials[from][4u * down() + i];
    // A query without keys gives zeros.
    bool isEmpty = sum == REAL(0.0);
    if (query < queries && across() == 0u && part == 0u) {
      y[images * queries * heads * channels + place] = isEmpty ? REAL(0.0) : greatest[i] + LOG(sum);
    }
    [[unroll]] for (uint chunk = 0u; chunk < CHUNKS; chunk++) {
      [[unroll]] for (uint j = 0u; j < 4u; j++) {
        uint channel = column + 32u * chunk + 4u * across() + j;
        if (query >= queries || channel >= channels) continue;
        y[place * channels + channel] = isEmpty ? REAL(0.0) : total[chunk][i][j] / sum;
      }
    }
  }
}
#endif

void main() {
  uint unit = groupIndex();
  // Uniform over the workgroup, so that all invocations reach the barriers.
  if (unit >= units) return;
  clearTotals();
#if GRADIENT
  uint ofQueries = images * heads * rowBlocks(queries) * columnParts();
  if (unit < ofQueries) gradientOfQueries(unit);
  else gradientsOfKeys(unit - ofQueries);
#else
  attend(unit);
#endif
}
