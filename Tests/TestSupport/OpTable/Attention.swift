import Tensors

extension OpTable {
  /// Attention, what its gradient gives, and, of small ones, the gradients of both.
  ///
  /// - Parameters:
  ///   - more: further inputs, for `build`, which has them after queries, keys and values.
  ///   - size: of the elements of queries and keys.
  private static func rows(
    _ note: String, _ query: Shape, _ key: Shape, _ more: [OpRow.Input] = [], size: Double = 1,
    gradient: Bool = true,
    by build: @escaping @Sendable ([Tensor]) -> Tensor = { Tensors.attention($0[0], $0[1], $0[2]) }
  ) -> [OpRow] {
    let real = { (shape: Shape, size: Double) in OpRow.Input.real(shape, from: -size, to: size) }
    let inputs = [real(query, size), real(key, size), real(key, 1)] + more
    // Of scores as great as they can be, weights have their error; gradients add up over all queries and heads.
    let (d, rows) = (query[3], query[1] * query[2] + key[2])
    let terms = Int(Double(d) * size * size * size * size)
    return [
      OpRow("attention", note, inputs, .sum(of: terms), gradient: gradient) { build($0) },
      OpRow(
        "attentionGradient", note, inputs + [real(query, 1)], .sum(of: terms * rows), gradient: gradient
      ) { inputs in
        let own = Array(inputs.dropLast())
        let found = gradients(of: build(own), upstream: inputs[inputs.count - 1], at: Array(own.prefix(3)))
        return concatenate(found.map { $0.reshaped([$0.shape.count]) })
      },
    ]
  }

  private static let whole: @Sendable ([Tensor]) -> Tensor = { Tensors.attention($0[0], $0[1], $0[2]) }
  private static let causal: @Sendable ([Tensor]) -> Tensor = {
    Tensors.attention($0[0], $0[1], $0[2], isCausal: true)
  }

  static let attention: [OpRow] =
    rows("prime sizes", [2, 3, 5, 7], [2, 3, 5, 7])
    + rows("sixteen channels", [1, 1, 8, 16], [1, 1, 4, 16])
    + rows("one query", [2, 1, 1, 3], [2, 1, 3, 3]) + rows("one channel", [1, 2, 3, 1], [1, 2, 4, 1])
    + rows("causal", [1, 2, 5, 3], [1, 2, 5, 3], by: causal)
    + rows("causal, fewer queries than keys", [1, 1, 3, 2], [1, 1, 7, 2], by: causal)
    + rows("causal, queries without keys", [1, 1, 7, 2], [1, 1, 4, 2], by: causal)
    + rows("two groups of three heads", [2, 6, 3, 2], [2, 2, 5, 2], by: causal)
    + rows("a scale of its own", [1, 1, 3, 5], [1, 1, 4, 5]) {
      Tensors.attention($0[0], $0[1], $0[2], scale: 0.7)
    } + masked + viewed + inBlocks + dropped

  private static let masked: [OpRow] =
    rows(
      "a mask of truth values, a query without keys", [1, 2, 3, 2], [1, 2, 4, 2],
      [.values(TensorValues([1, 0, 1, 1, 0, 0, 0, 0, 1, 1, 0, 0] as [Int32], shape: [3, 4]))]
    ) { Tensors.attention($0[0], $0[1], $0[2], mask: $0[3] .> 0) }
    + rows("added to scores", [2, 2, 3, 2], [2, 2, 5, 2], [.real([2, 1, 1, 5], from: -2, to: 2)]) {
      Tensors.attention($0[0], $0[1], $0[2], mask: $0[3], isCausal: true)
    }
    + rows("added to scores of each head", [2, 2, 3, 2], [2, 2, 4, 2], [.real([2, 3, 4], from: -2, to: 2)]) {
      Tensors.attention($0[0], $0[1], $0[2], mask: $0[3])
    }
    + rows(
      "minus infinity added", [1, 1, 2, 2], [1, 1, 3, 2],
      [.values(TensorValues([0, -.infinity, 0.5, -1e4, 0, -.infinity] as [Float], shape: [2, 3]))],
      gradient: false
    ) { Tensors.attention($0[0], $0[1], $0[2], mask: $0[3]) }
    + rows(
      "much taken from all scores", [1, 1, 5, 4], [1, 1, 41, 4], [.real([5, 41], from: -501, to: -499)],
      size: 5, gradient: false
    ) { Tensors.attention($0[0], $0[1], $0[2], mask: $0[3]) }
    + rows(
      "lengths", [3, 2, 4, 2], [3, 2, 4, 2], [.values(TensorValues([4, 1, 0] as [Int32], shape: [3]))]
    ) {
      Tensors.attention($0[0], $0[1], $0[2], lengths: $0[3])
    }
    + rows(
      "documents", [2, 1, 5, 2], [2, 1, 5, 2],
      [
        .values(TensorValues([0, 0, 1, 1, 1, 3, 3, 3, 3, 4] as [Int32], shape: [2, 5])),
        .values(TensorValues([5, 3] as [Int32], shape: [2])),
      ]
    ) {
      Tensors.attention(
        $0[0], $0[1], $0[2], isCausal: true, lengths: $0[4], documents: (queries: $0[3], keys: $0[3]))
    }
    + rows(
      "all at once, in blocks", [2, 4, 70, 9], [2, 2, 101, 9],
      [
        .real([4, 70, 101], from: -1, to: 1), .integers([2, 70], 0..<2), .integers([2, 101], 0..<2),
        .integers([2], 30..<101),
      ], gradient: false
    ) {
      Tensors.attention(
        $0[0], $0[1], $0[2], mask: $0[3], isCausal: true, lengths: $0[6],
        documents: (queries: $0[4], keys: $0[5]))
    }

  /// The key and the counter of random numbers.
  private static let keyAndCounter: [OpRow.Input] = [
    .values(TensorValues([Int32(12_345), -67_890], shape: [2])), .values(TensorValues([Int32(3)], shape: [])),
  ]

  private static func dropout(_ inputs: [Tensor], from place: Int = 3) -> AttentionDropout {
    AttentionDropout(0.3, key: inputs[place], counter: inputs[place + 1], stream: 11)
  }

  private static let dropped: [OpRow] =
    rows("dropout", [2, 3, 5, 7], [2, 3, 5, 7], keyAndCounter) {
      Tensors.attention($0[0], $0[1], $0[2], dropout: dropout($0))
    }
    + rows("dropout, causal, in two groups", [1, 4, 3, 2], [1, 2, 6, 2], keyAndCounter) {
      Tensors.attention($0[0], $0[1], $0[2], isCausal: true, dropout: dropout($0))
    }
    + rows(
      "dropout, with a mask and lengths", [2, 2, 3, 2], [2, 2, 5, 2],
      [.real([2, 1, 1, 5], from: -2, to: 2), .values(TensorValues([5, 2] as [Int32], shape: [2]))]
        + keyAndCounter
    ) {
      Tensors.attention(
        $0[0], $0[1], $0[2], mask: $0[3], isCausal: true, lengths: $0[4], dropout: dropout($0, from: 5))
    }
    + rows("dropout, in blocks", [2, 4, 71, 33], [2, 2, 203, 33], keyAndCounter, gradient: false) {
      Tensors.attention($0[0], $0[1], $0[2], dropout: dropout($0))
    }
    + rows("dropout, causal, in blocks", [1, 2, 150, 16], [1, 2, 150, 16], keyAndCounter, gradient: false) {
      Tensors.attention($0[0], $0[1], $0[2], isCausal: true, dropout: dropout($0))
    }

  /// Inputs that are read as views, and the other part of the result.
  private static let viewed: [OpRow] = [
    OpRow("attention", "parts of one projection", [.real([2, 5, 3, 2, 4], from: -1, to: 1)], .sum(of: 4)) {
      let all = $0[0]
      let heads = (0..<3).map { all[.all, .all, $0].transposed([0, 2, 1, 3]) }
      return Tensors.attention(heads[0], heads[1], heads[2], isCausal: true).transposed([0, 2, 1, 3])
        .reshaped([10, 8])
    },
    OpRow(
      "attentionGradient", "parts of one projection",
      [.real([2, 37, 3, 2, 16], from: -1, to: 1), .real([74, 32], from: -1, to: 1)], .sum(of: 16 * 74),
      gradient: false
    ) {
      let all = $0[0]
      let heads = (0..<3).map { all[.all, .all, $0].transposed([0, 2, 1, 3]) }
      let y = Tensors.attention(heads[0], heads[1], heads[2], isCausal: true).transposed([0, 2, 1, 3])
        .reshaped([74, 32])
      return gradients(of: y, upstream: $0[1], at: [all])[0]
    },
    OpRow(
      "attentionGradient", "rows that share places in caches",
      [.real([1, 37, 4, 8, 16], from: -1, to: 1), .real([1, 8, 37, 16], from: -1, to: 1)], .sum(of: 16 * 74),
      gradient: false
    ) {
      let all = $0[0]
      let heads = [0, 1, 3].map { all[.all, .all, $0].transposed([0, 2, 1, 3]) }
      let y = Tensors.attention(heads[0], heads[1], heads[2], isCausal: true)
      return gradients(of: y, upstream: $0[1], at: [all])[0]
    },
    OpRow(
      "attention", "channels that are not adjacent",
      [.real([1, 1, 3, 4], from: -1, to: 1), .real([1, 1, 3, 5], from: -1, to: 1)], .sum(of: 3)
    ) {
      Tensors.attention(
        $0[0].transposed([0, 1, 3, 2]), $0[1].transposed([0, 1, 3, 2]), $0[1].transposed([0, 1, 3, 2]))
    },
    OpRow(
      "attention", "with its normalizers",
      [.real([1, 2, 3, 2], from: -1, to: 1), .real([1, 1, 5, 2], from: -1, to: 1)], .sum(of: 4)
    ) {
      let form = AttentionForm(scale: 0.5, isCausal: true, hasMask: false, hasDocuments: false)
      return Tensor.apply(.attention(.attention(form)), to: [$0[0], $0[1], $0[1]])
    },
  ]

  /// Several blocks of queries, keys and channels, and remainders of each.
  private static let inBlocks: [OpRow] =
    rows("128 of 64 channels, causal", [1, 2, 128, 64], [1, 2, 128, 64], gradient: false, by: causal)
    + rows("some blocks and a remainder", [1, 2, 97, 33], [1, 1, 203, 33], gradient: false, by: whole)
    + rows("some blocks, causal", [2, 1, 67, 24], [2, 1, 230, 24], gradient: false, by: causal)
    + rows("272 channels", [1, 1, 35, 272], [1, 1, 37, 272], gradient: false, by: whole)
    + rows("great scores", [1, 1, 40, 16], [1, 1, 200, 16], size: 5, gradient: false, by: whole)
}
