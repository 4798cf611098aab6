import Tensors

extension OpTable {
  private static func row(
    _ m: Int, _ k: Int, _ n: Int, _ note: String = "", transposed: (Bool, Bool) = (false, false),
    gradient: Bool = true
  ) -> OpRow {
    let a = OpRow.Input.real(transposed.0 ? [k, m] : [m, k], from: -1, to: 1)
    let b = OpRow.Input.real(transposed.1 ? [n, k] : [k, n], from: -1, to: 1)
    return OpRow("matmul", "\(m)×\(k)×\(n)\(note)", [a, b], .sum(of: k), gradient: gradient) {
      Tensors.matmul(transposed.0 ? $0[0].transposed() : $0[0], transposed.1 ? $0[1].transposed() : $0[1])
    }
  }

  /// Products of rounded operands, and both gradients with a rounded upstream gradient.
  ///
  /// The reference rounds to the same numbers, so the tolerance is the same.
  private static let roundedProducts: [OpRow] = Precision.allCases.filter { $0 != .float32 }.flatMap {
    precision in
    let (a, b, dy): (OpRow.Input, OpRow.Input, OpRow.Input) = (
      .real([13, 37], from: -1, to: 1), .real([37, 11], from: -1, to: 1), .real([13, 11], from: -1, to: 1)
    )
    let gradient = { @Sendable (t: [Tensor], index: Int) in
      gradients(of: Tensors.matmul(t[0], t[1], precision: precision), upstream: t[2], at: [t[index]])[0]
    }
    let note = "rounded to \(precision.rawValue)"
    return [
      OpRow("matmul", note, [a, b], .sum(of: 37), gradient: false) {
        Tensors.matmul($0[0], $0[1], precision: precision)
      },
      OpRow("matmul", "\(note), left gradient", [a, b, dy], .sum(of: 11), gradient: false) {
        gradient($0, 0)
      },
      OpRow("matmul", "\(note), right gradient", [a, b, dy], .sum(of: 13), gradient: false) {
        gradient($0, 1)
      },
    ]
  }

  static let matmul: [OpRow] =
    roundedProducts + [
      row(7, 5, 3),
      row(1, 1, 1),
      row(1, 37, 1),
      row(64, 64, 64, gradient: false),
      row(67, 71, 73, gradient: false),
      // One tile on GPUs, with split-K.
      row(9, 1031, 5, ", deep", gradient: false),
      row(100, 300, 10, gradient: false),
      row(5, 7, 11, ", left transposed", transposed: (true, false)),
      row(5, 7, 11, ", right transposed", transposed: (false, true)),
      row(33, 129, 65, ", both transposed", transposed: (true, true), gradient: false),
      OpRow(
        "matmul", "of slices", [.real([9, 12], from: -1, to: 1), .real([12, 9], from: -1, to: 1)], .sum(of: 5)
      ) {
        Tensors.matmul($0[0].sliced(from: [1, 3], [7, 5]), $0[1].sliced(from: [2, 4], [5, 4]))
      },
      OpRow(
        "matmul", "of a stretched row", [.real([1, 6], from: -1, to: 1), .real([6, 4], from: -1, to: 1)],
        .sum(of: 6)
      ) {
        Tensors.matmul($0[0].broadcast(to: [5, 6]), $0[1])
      },
    ]
}
