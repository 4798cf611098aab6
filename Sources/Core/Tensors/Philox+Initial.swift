// What weights begin with besides Gaussian numbers: sequences of a stream, the same wherever they are computed.

extension Philox {
  /// Numbers from [0, 1), multiples of 2⁻²⁴.
  func uniforms(_ count: Int) -> [Double] {
    var numbers: [Double] = []
    numbers.reserveCapacity(count + 3)
    for block in 0..<UInt32((count + 3) / 4) {
      let words = words(block: block)
      for lane in 0..<4 { numbers.append(Double(Philox.uniform(words[lane]))) }
    }
    return Array(numbers.prefix(count))
  }

  /// The standard normal numbers of the stream that lie within ±2, in their order.
  func truncatedNormals(_ count: Int) -> [Double] {
    // One in 22 is left out.
    var drawn = count + count / 16 + 64
    while true {
      let numbers = normals(drawn, scaledBy: 1).filter { Swift.abs($0) <= 2 }.prefix(count)
      if numbers.count == count { return numbers.map(Double.init) }
      drawn *= 2
    }
  }

  /// A matrix, row-major, whose rows or columns, whichever are fewer, are orthonormal; by Gram and Schmidt from
  /// Gaussian numbers.
  ///
  /// All such matrices are equally likely, because Gaussian vectors prefer no direction.
  func orthogonalMatrix(rows: Int, columns: Int) -> [Double] {
    let (count, length) = (Swift.min(rows, columns), Swift.max(rows, columns))
    let numbers = normals(count * length, scaledBy: 1)
    var vectors: [[SIMD8<Double>]] = []
    for index in 0..<count {
      var vector = [SIMD8<Double>](repeating: .zero, count: (length + 7) / 8)
      for place in 0..<length { vector[place / 8][place % 8] = Double(numbers[index * length + place]) }
      // Twice: what roundings leave of the others after the first time is gone after the second.
      for _ in 0..<2 {
        for other in vectors {
          let share = dot(vector, other)
          for place in vector.indices { vector[place] -= share * other[place] }
        }
      }
      let norm = dot(vector, vector).squareRoot()
      vectors.append(vector.map { $0 / norm })
    }
    return (0..<rows * columns).map { element in
      let (row, column) = (element / columns, element % columns)
      let (index, place) = rows <= columns ? (row, column) : (column, row)
      return vectors[index][place / 8][place % 8]
    }
  }

  private func dot(_ a: [SIMD8<Double>], _ b: [SIMD8<Double>]) -> Double {
    var sum = SIMD8<Double>.zero
    for place in a.indices { sum += a[place] * b[place] }
    return sum.sum()
  }
}
