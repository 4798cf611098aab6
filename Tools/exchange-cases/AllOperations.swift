import Lemnos

/// A user-defined layer with every operation that can be exported to ONNX.
struct AllOperations: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    // An offset away from the steps of floor and comparisons, where a rounding error would change the result.
    let x = x + 0.0137
    var columns = [
      Convolution2D(filters: 4, kernel: [3, 5], stride: 2, padding: .same, dilation: 2)(
        x, in: pass, as: "conv"),
      Convolution2D(filters: 6, kernel: 3, padding: .uniform(1))(x, in: pass, as: "wide"),
      MaxPool2D(window: 3, stride: 2, padding: 1)(x, in: pass, as: "max"),
      AveragePool2D(window: 4)(x, in: pass, as: "average"),
    ]
    columns[1] = GroupNorm(groups: 3)(columns[1], in: pass, as: "group")
    columns[1] = Convolution2D(filters: 4, kernel: 1, groups: 2)(columns[1], in: pass, as: "grouped")
    columns = columns.map { $0.mean([1, 3]) }
    let rows = x.reshaped([x.shape[0], 28, 28])
    columns.append(rows.transposed([0, 2, 1]).max([1]).sliced(from: [0, 3], [x.shape[0], 9]))
    columns.append((rows.sliced(from: [0, 2, 2], [x.shape[0], 3, 4]) % 0.7).sum([2]))
    columns.append(pointwise(rows.sum([1]) * 0.1))
    let lines = rows.transposed([1, 0, 2]).gathered(at: Tensor([Int32(3), 20, 1], shape: [3]))
    columns.append(minimum(lines.mean([0, 2]), Tensor(0.3)).reshaped([x.shape[0], 1]))
    columns += ordered(rows) + windows(rows, in: pass) + [attended(rows)]
    // Concatenation: each padded with zeros to its position, and summed.
    let width = columns.reduce(0) { $0 + $1.shape[1] }
    var (sum, place) = (Tensor.full([x.shape[0], width], 0), 0)
    for column in columns {
      sum = sum + column.padded(before: [0, place], after: [0, width - place - column.shape[1]])
      place += column.shape[1]
    }
    return Dense(10)(sum, in: pass, as: "scores")
  }

  /// Sorting, picking along an axis, and scans.
  private func ordered(_ rows: Tensor) -> [Tensor] {
    let x = rows.sliced(from: [0, 9, 4], [rows.shape[0], 1, 20]).reshaped([rows.shape[0], 20])
    let few = x.sliced(from: [0, 3], [x.shape[0], 5])
    return [
      x.sorted(), x.topK(3).values, few.taken(at: (few * 3).cast(to: .int32) % 5),
      x.cumulativeSum() * 0.1, (few * 0.1 + 1).cumulativeProduct(),
    ]
  }

  /// Attention of two groups of two heads, causal, with a mask and documents.
  private func attended(_ rows: Tensor) -> Tensor {
    let n = rows.shape[0]
    let query = rows.reshaped([n, 28, 4, 7]).transposed([0, 2, 1, 3])
    let key = rows.sliced(from: [0, 0, 0], [n, 28, 14]).reshaped([n, 28, 2, 7]).transposed([0, 2, 1, 3])
    let places = Tensor.indices(28)
    let documents = select(places .< 17, Tensor(0, dtype: .int32), Tensor(1, dtype: .int32)).reshaped([1, 28])
      .broadcast(to: [n, 28])
    let mask = (places.reshaped([28, 1]) + places.reshaped([1, 28])) % Tensor(5, dtype: .int32) .> 0
    return attention(
      query, key, key * 0.5, mask: mask, isCausal: true, documents: (queries: documents, keys: documents)
    ).mean([1, 2])
  }

  /// Windows of sequences and of volumes.
  private func windows(_ rows: Tensor, in pass: Pass) -> [Tensor] {
    let volumes = rows.reshaped([rows.shape[0], 1, 4, 7, 28])
    let volume = Convolution3D(filters: 3, kernel: 3, stride: 2, padding: 1)(volumes, in: pass, as: "volume")
    let line = Convolution1D(filters: 3, kernel: 5)(rows, in: pass, as: "line")
    let pooled = AveragePool1D(window: 2)(
      MaxPool1D(window: 3)(line, in: pass, as: "longest"), in: pass, as: "mean")
    let larger = TransposedConvolution2D(filters: 2, kernel: 3, stride: 2, outputPadding: 1)(
      rows.reshaped([rows.shape[0], 1, 28, 28]), in: pass, as: "larger")
    return [
      volume.mean([2, 3, 4]), pooled.mean([2]),
      Upsample2D(factor: 2)(larger, in: pass, as: "up").mean([2, 3]),
    ]
  }

  private func pointwise(_ x: Tensor) -> Tensor {
    let positive = abs(x) + 0.5
    let greatest = x.argmax().cast(to: .float32).reshaped([x.shape[0], 1])
    let signs = select(x .< greatest * 0.01, -x, x)
    let (isSmall, isLow) = (x .< 0.2, floor(x) .== Tensor(0))
    let logic = (isSmall .& .!isLow) .| (isLow .< isSmall)
    let flags = isSmall.cast(to: .float32) + isLow.cast(to: .float32) + logic.cast(to: .float32)
    let types = x.cast(to: .float16).cast(to: .float32) + isSmall.cast(to: .int64).cast(to: .float32)
    let curves =
      exp(-positive) + log(positive) + sqrt(positive) + tanh(x) * sigmoid(x) + relu(x) + expm1(-positive)
      + log1p(positive) + sin(x) * cos(x) + erf(x)
    let rounded = x.rounded(to: .float16) + (1 / positive).rounded(to: .bfloat16)
    return signs + flags + types + curves + power(positive, Tensor(1.5)) + minimum(x, rounded)
      + maximum(x, positive)
  }
}
