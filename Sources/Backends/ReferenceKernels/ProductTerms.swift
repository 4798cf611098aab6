/// The definition of a product: which elements of its two factors are multiplied and added for each result.
protocol ProductTerms {
  /// The number of results.
  var resultCount: Int { get }

  /// The number of terms of a result, except for those in the padding.
  var termCount: Int { get }

  /// The index in memory of a result.
  func address(of result: Int) -> Int

  /// Visits the terms of a result in order, as the indices in memory of both factors.
  func forEachTerm(of result: Int, _ body: (_ first: Int, _ second: Int) -> Void)
}

extension Reference {
  /// All results of a product, each the sum of its terms one after another.
  static func product<Scalar: ReferenceScalar>(
    _ terms: some ProductTerms, _: Scalar.Type, _ inputs: [BufferView], _ result: BufferView
  ) -> Work {
    let (a, b) = (inputs[0].pointer(to: Scalar.self), inputs[1].pointer(to: Scalar.self))
    let result = result.pointer(to: Scalar.self)
    return Work(extent: terms.resultCount, grain: grain(terms.termCount)) { range in
      for index in range {
        var total = 0.0
        terms.forEachTerm(of: index) { total += a[$0].number * b[$1].number }
        result[terms.address(of: index)] = Scalar(total)
      }
    }
  }

  /// One result of a product, and the sum of the magnitudes of its terms, which bounds its rounding error.
  static func element(_ index: Int, of terms: some ProductTerms, _ a: [Float], _ b: [Float])
    -> (value: Double, magnitude: Double)
  {
    var (value, magnitude) = (0.0, 0.0)
    terms.forEachTerm(of: index) { first, second in
      let term = Double(a[first]) * Double(b[second])
      value += term
      magnitude += abs(term)
    }
    return (value, magnitude)
  }
}
