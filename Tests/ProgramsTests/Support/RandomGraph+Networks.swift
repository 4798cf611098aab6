import Tensors

/// Building blocks of networks: images, convolutions, pooling, normalization, softmax, attention's products,
/// random numbers.
extension RandomGraph {
  /// Normalization along the last axis, or over the channels of images, as in layers.
  mutating func normalized(_ x: Tensor) -> Tensor {
    guard x.rank > 0 else { return 0.5 * x }
    let axis = pick(0..<x.rank)
    let matrix = x.reshaped([x.shape.count / x.shape[x.rank - 1], x.shape[x.rank - 1]])
    switch pick(0..<6) {
    case 0: return softmax(x, axis: axis)
    case 1:
      // The radicand is so large that no error is amplified.
      let centered = x - x.mean([axis], keepingAxes: true)
      return 0.25 * centered / sqrt((centered * centered).mean([axis], keepingAxes: true) + 1)
    case 2:
      let labels = rowNumbers(matrix.shape[0], below: matrix.shape[1])
      let inside = select(labels .< 0, Tensor(0, dtype: .int32), labels % matrix.shape[1])
      return softmaxCrossEntropy(matrix, inside) / 6
    case 3:
      let labels = Tensor.full([matrix.shape[0]], 0, dtype: .int32)
      return gradients(of: softmaxCrossEntropy(matrix, labels).sum(), at: [matrix])[0] / 2
    case 4: return attended()
    default:
      let (count, depth) = (1 + pick(0..<3), extent())
      let (a, b) = (newState([count, extent(), depth]), newState([count, depth, extent()]))
      return batchedMatmul(a, b) / Double(depth)
    }
  }

  /// Attention of heads that may share keys, or one of its gradients, perhaps with dropout.
  private mutating func attended() -> Tensor {
    let (n, groups, shared, d) = (1 + pick(0..<2), 1 + pick(0..<2), 1 + pick(0..<2), extent())
    let (queries, keys): (Shape, Shape) = ([n, groups * shared, extent(), d], [n, groups, extent(), d])
    let inputs = [newState(queries), newState(keys), newState(keys)]
    let isCausal = pick(0..<2) == 0
    let dropout =
      pick(0..<2) == 0
      ? AttentionDropout(
        0.5, key: Tensor([Int32(7), 11], shape: [2]), counter: counter.value,
        stream: UInt32(pick(0..<1000))) : nil
    let y = attention(inputs[0], inputs[1], inputs[2], isCausal: isCausal, dropout: dropout)
    // What dropout keeps is twice as large.
    guard pick(0..<2) == 0 else { return dropout == nil ? y : y / 2 }
    let upstream = newState(y.shape)
    // Of a key: from all queries, each of which gives as much as two products of d numbers at most.
    let most = (dropout == nil ? 2 : 4) * groups * shared * queries[2] * d
    return gradients(of: y, upstream: upstream, at: inputs)[pick(0..<3)] / Double(most)
  }

  /// Images: bytes, or a convolution's output.
  private mutating func images() -> Tensor {
    let known = pool.filter { $0.rank == 4 && $0.shape.count <= 1500 }
    if !known.isEmpty, pick(0..<2) == 0 { return known[pick(0..<known.count)] }
    let shape: Shape = [1 + pick(0..<3), 1 + pick(0..<4), 3 + pick(0..<6), 3 + pick(0..<6)]
    guard pick(0..<2) == 0 else { return newState(shape) }
    let pixels = Tensor((0..<shape.count).map { _ in UInt8(pick(0..<256)) }, shape: shape)
    return pixels.cast(to: .float32) / 255
  }

  mutating func image() -> Tensor {
    let x = images()
    let (c, h, w) = (x.shape[1], x.shape[2], x.shape[3])
    let window = [1 + pick(0..<min(3, h)), 1 + pick(0..<min(3, w))]
    let edge = [pick(0..<window[0]), pick(0..<window[1])]
    let geometry = WindowGeometry(
      stride: [1 + pick(0..<2), 1 + pick(0..<2)], padding: [edge[0], edge[0], edge[1], edge[1]])
    switch pick(0..<6) {
    case 0: return maxPool2D(x, window: window, geometry)
    case 1: return averagePool2D(x, window: window, geometry)
    case 2:
      let mean = x.mean([0, 2, 3], keepingAxes: true)
      return 0.25 * (x - mean) / sqrt(((x - mean) * (x - mean)).mean([0, 2, 3], keepingAxes: true) + 1)
    case 3:
      // A rounding to bfloat16 is only comparable between backends if its input is exact.
      let exact = newState(x.shape, isFixed: true)
      let filters = newState([2, c, window[0], window[1]], isFixed: true)
      return conv2D(exact, filters, geometry, precision: .bfloat16) / Double(filters.shape.count)
    case 4:
      let filters = newState([extent(), c, window[0], window[1]])
      let y = conv2D(x, filters, geometry)
      let upstream = newState(y.shape)
      let (dx, dw) = {
        ($0[0], $0[1])
      }(gradients(of: y, upstream: upstream, at: [x, filters]))
      return pick(0..<2) == 0
        ? dx / Double(filters.shape.count) : dw / Double(x.shape[0] * y.shape[2] * y.shape[3])
    default:
      let groups = c % 2 == 0 && pick(0..<3) == 0 ? c : 1
      let filters = newState([groups * (1 + pick(0..<5)), c / groups, window[0], window[1]])
      let y = conv2D(x, filters, geometry, groups: groups) / Double(c / groups * window[0] * window[1])
      return pick(0..<2) == 0 ? relu(y + newState([y.shape[1], 1, 1]) / 2) / 2 : y
    }
  }

  /// Dropout, gathering in a shuffled order, or added noise.
  mutating func drawn(_ x: Tensor) -> Tensor {
    let key = Tensor([Int32(7), 11], shape: [2])
    let stream = UInt32(pick(0..<1000))
    switch pick(0..<3) {
    case 0 where x.rank > 0:
      let rows = shuffledBatch(1 + pick(0..<x.shape[0]), of: x.shape[0], key: key, counter: counter.value)
      return x.gathered(at: rows)
    case 1:
      return 0.5 * (x + randomUniform(x.shape, key: key, counter: counter.value, stream: stream))
    default:
      let mask = randomUniform(x.shape, key: key, counter: counter.value, stream: stream) .< 0.75
      return select(mask, x, Tensor(0))
    }
  }
}
