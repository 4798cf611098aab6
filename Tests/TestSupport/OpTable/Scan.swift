import Tensors

extension OpTable {
  /// A scan, and the gradient of all its results at all its float inputs: a scan back, and what is made of that.
  ///
  /// - Parameters:
  ///   - terms: of the longest sum that an element depends on; errors of hyperbolic tangents and gates do not grow.
  ///   - build: gives all results.
  private static func rows(
    _ note: String, _ inputs: [OpRow.Input], terms: Int, gradient: Bool = true,
    by build: @escaping @Sendable ([Tensor]) -> [Tensor]
  ) -> [OpRow] {
    let joined: @Sendable ([Tensor]) -> Tensor = { inputs in
      concatenate(build(inputs).map { $0.reshaped([$0.shape.count]) })
    }
    return [
      OpRow("scan", note, inputs, .sum(of: terms), gradient: gradient, joined),
      OpRow("scan", "\(note), gradient", inputs, .sum(of: 16 * terms), gradient: gradient) { inputs in
        let y = joined(inputs)
        // All elements of the upstream gradient differ.
        let upstream = Tensor((0..<y.shape.count).map { Float($0 % 13) / 8 - 0.75 }, shape: y.shape)
        let found = gradients(
          of: y, upstream: upstream.cast(to: y.dtype), at: inputs.filter(\.dtype.isFloating))
        return concatenate(found.map { $0.reshaped([$0.shape.count]) })
      },
    ]
  }

  private static func real(_ shape: Shape) -> OpRow.Input { .real(shape, from: -0.7, to: 0.7) }

  /// h_t = tanh(x_t + h_{t−1} W + b).
  private static func recurrent(_ note: String, _ t: Int, _ b: Int, _ h: Int, reversed: Bool = false)
    -> [OpRow]
  {
    rows(note, [real([b, h]), real([t, b, h]), real([h, h]), real([h])], terms: h * t) { inputs in
      let made = scan([inputs[0]], over: [inputs[1]], reversed: reversed) { carry, x in
        let next = tanh(x[0] + Tensors.matmul(carry[0], inputs[2]) + inputs[3])
        return (carry: [next], outputs: [next])
      }
      return made.outputs + made.carry
    }
  }

  static let scans: [OpRow] =
    recurrent("rows without padding", 4, 8, 16) + recurrent("prime sizes", 5, 3, 7)
    + recurrent("from the last row", 5, 3, 7, reversed: true) + recurrent("one step", 1, 2, 3)
    + recurrent("two steps", 2, 2, 3, reversed: true) + gates + others

  /// Two carries, a transposed weight, a gate that a truth value of each row leaves out.
  private static let gates: [OpRow] = rows(
    "gates, two carries, masked",
    [
      real([2, 3]), real([2, 3]), real([4, 2, 9]), real([9, 3]),
      .values(TensorValues([1, 1, 1, 0, 1, 1, 0, 0] as [Int32], shape: [4, 2, 1])),
    ], terms: 40
  ) { inputs in
    let made = scan([inputs[0], inputs[1]], over: [inputs[2], inputs[4] .> 0]) { carry, x in
      let z = x[0] + Tensors.matmul(carry[0], inputs[3].transposed())
      let parts = z.split(into: 3, axis: 1)
      let c = sigmoid(parts[0]) * carry[1] + tanh(parts[1])
      let h = sigmoid(parts[2]) * tanh(c)
      let isThere = x[1].broadcast(to: [2, 3])
      return (
        carry: [select(isThere, h, carry[0]), select(isThere, c, carry[1])],
        outputs: [select(isThere, h, Tensor(0, dtype: h.dtype)), parts[1]]
      )
    }
    return made.outputs + made.carry
  }

  private static let others: [OpRow] =
    rows("a factor that is no matrix", [real([2, 5]), real([6, 2, 5]), real([5])], terms: 12) { inputs in
      let made = scan([inputs[0]], over: [inputs[1]]) { carry, x in
        let next = inputs[2] * carry[0] + (1 - inputs[2]) * x[0]
        return (carry: [next], outputs: [])
      }
      return made.carry
    }
    + rows("no sequence, a weight that is read twice", [real([3, 3]), real([3, 3])], terms: 30) { inputs in
      let made = scan([inputs[0]], over: [], steps: 3) { carry, _ in
        let next = tanh(Tensors.matmul(Tensors.matmul(carry[0], inputs[1]), inputs[1].transposed()))
        return (carry: [next], outputs: [next.sum([0])])
      }
      return made.carry + made.outputs
    }
    + rows("no carry", [real([3, 2, 70]), real([70, 2])], terms: 70) { inputs in
      scan([], over: [inputs[0]]) { _, x in
        (carry: [], outputs: [Tensors.matmul(x[0], inputs[1])])
      }.outputs
    }
    + rows("a number as a carry, numbers of rows", [real([]), real([5]), real([4, 3])], terms: 20) { inputs in
      let rows = Tensor([1, 0, 3, 3, 2] as [Int32], shape: [5])
      let made = scan([inputs[0]], over: [inputs[1], rows]) { carry, x in
        let row = inputs[2].gathered(at: x[1].reshaped([1])).reshaped([3])
        let next = 0.5 * carry[0] * x[0] + row.sum()
        return (carry: [next], outputs: [row * carry[0]])
      }
      return made.carry + made.outputs
    }
    + rows("what is left is what was given", [real([2, 3]), real([2, 3]), real([4, 2, 3])], terms: 8) {
      inputs in
      let made = scan([inputs[0], inputs[1]], over: [inputs[2]]) { carry, x in
        (carry: [carry[1], carry[0] * x[0]], outputs: [x[0], carry[0]])
      }
      return made.carry + made.outputs
    }
    + rows("the upstream gradient of one carry alone", [real([2, 3]), real([4, 2, 3])], terms: 8) { inputs in
      [scan([inputs[0]], over: [inputs[1]]) { (carry: [$0[0] * $1[0]], outputs: [sigmoid($1[0])]) }.carry[0]]
    }
    + rows("a product of its own gradient rule", [real([2, 3]), real([4, 2, 3]), real([3, 3])], terms: 24) {
      inputs in
      let made = scan([inputs[0]], over: [inputs[1]]) { carry, x in
        let z = Tensors.matmul(carry[0], inputs[2]) + x[0]
        let s = sigmoid(z)
        let next = withGradient("swish", z * s, of: [z]) { dy in [dy * (s + z * s * (1 - s))] }
        return (carry: [next], outputs: [next])
      }
      return made.outputs
    }
}
