import Tensors

extension Graph {
  /// The same graph, with the operands of products rounded as the products ask.
  ///
  /// What several products read is rounded once. So are a weight and its transpose: where an operand only moves elements,
  /// what it moves is rounded instead.
  func withRoundedOperands() -> Graph {
    let reads = readers()
    var result: [Entry] = []
    func add(_ op: Op, _ inputs: [Int], like entry: Entry) -> Int {
      result.append(
        Entry(
          op: op, inputs: inputs, type: entry.type, layerPath: entry.layerPath, provenance: entry.provenance)
      )
      return result.count - 1
    }
    // Where each entry has gone, under the format that it is rounded to; nil for as it was.
    var places: [[Precision?: Int]] = []
    func place(of entry: Int, roundedTo precision: Precision?) -> Int {
      guard let place = places[entry][precision] else {
        preconditionFailure("an input comes after its reader")
      }
      return place
    }
    for (entry, reads) in zip(entries, reads) {
      places.append([:])
      if reads.isPlain {
        let inputs = entry.inputs.map { place(of: $0, roundedTo: entry.operandPrecision) }
        places[places.count - 1][nil] = add(entry.op, inputs, like: entry)
      }
      for precision in Precision.allCases where reads.precisions.contains(precision) {
        if let source = entry.movedSource {
          let inputs = [place(of: source, roundedTo: precision)]
          places[places.count - 1][precision] = add(entry.op, inputs, like: entry)
        } else {
          let inputs = [place(of: places.count - 1, roundedTo: nil)]
          places[places.count - 1][precision] = add(.pointwise(.rounded(precision)), inputs, like: entry)
        }
      }
    }
    return Graph(entries: result, roots: roots.map { place(of: $0, roundedTo: nil) })
  }

  /// How an entry is read.
  private struct Reads {
    /// By somebody, as it is.
    var isPlain = false
    /// By products, rounded to these.
    var precisions: Set<Precision> = []
  }

  private func readers() -> [Reads] {
    var reads = [Reads](repeating: Reads(), count: entries.count)
    for root in roots { reads[root].isPlain = true }
    // Readers come after what they read, so all of an entry's readers are known when it is its turn.
    for (index, entry) in entries.enumerated().reversed() {
      if let source = entry.movedSource {
        reads[source].precisions.formUnion(reads[index].precisions)
      } else if !reads[index].precisions.isEmpty {
        reads[index].isPlain = true
      }
      guard reads[index].isPlain else { continue }
      for input in entry.inputs {
        if let precision = entry.operandPrecision {
          reads[input].precisions.insert(precision)
        } else {
          reads[input].isPlain = true
        }
      }
    }
    return reads
  }
}

extension Graph.Entry {
  /// The format to which a product wants its operands rounded; nil for none, and for what is no product.
  fileprivate var operandPrecision: Precision? {
    let precision: Precision? =
      switch op {
      case .matmul(let operation): operation.precision
      case .convolution(let operation): operation.precision
      default: nil
      }
    return precision == .float32 ? nil : precision
  }

  /// What an operation reads that only moves elements, so that it may move rounded ones.
  ///
  /// Not that of a slice or a gather, of which more would be rounded than is read.
  fileprivate var movedSource: Int? {
    switch op {
    case .movement(.reshape), .movement(.transpose), .movement(.pad), .movement(.broadcast): inputs[0]
    default: nil
    }
  }
}
