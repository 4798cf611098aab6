import Tensors

extension Graph {
  /// The same graph with images that convolutions make and take in the layout that has a pixel's channels side by side.
  ///
  /// What is computed from such images element by element, pooled or summed is computed in that layout too. Where something else
  /// reads them, or they come from elsewhere, they are transposed: a view, and a copy only where a kernel needs one.
  func withChannelsLast() -> Graph {
    guard entries.contains(where: \.isFastChannelsLast) else { return self }
    var rewriting = LayoutRewriting()
    for entry in entries { rewriting.add(entry) }
    let roots = self.roots.map { rewriting.channelsFirst($0) }
    return Graph(entries: rewriting.entries, roots: roots)
  }
}

extension Graph.Entry {
  /// Whether it is a convolution that has a kernel for images with their channels last.
  fileprivate var isFastChannelsLast: Bool {
    if case .convolution = op { type.dtype == .float32 } else { false }
  }
}

/// Axis i of an image with its channels last is this axis of one with its channels first, and the other way round.
private let toLast = [0, 2, 3, 1]
private let toFirst = [0, 3, 1, 2]

/// Writes the entries of a graph anew, each in one of two layouts, in both where both are read.
private struct LayoutRewriting {
  private(set) var entries: [Graph.Entry] = []

  /// Where each entry of the old graph has gone; nil in a layout that nobody asked for yet.
  private var places: [(first: Int?, last: Int?)] = []
  private var old: [Graph.Entry] = []

  mutating func add(_ entry: Graph.Entry) {
    old.append(entry)
    places.append((nil, nil))
    let index = old.count - 1
    switch entry.op {
    case .convolution(let operation) where entry.isFastChannelsLast:
      let (a, b) = (entry.inputs[0], entry.inputs[1])
      switch operation {
      case .forward, .inputGradient:
        places[index].last = append(entry, [channelsLast(a), channelsFirst(b)], isImage: true)
      case .weightGradient:
        places[index].first = append(entry, [channelsLast(a), channelsLast(b)], isImage: false)
      }
    case .pooling where entry.inputs.contains(where: isChannelsLast):
      places[index].last = append(entry, entry.inputs.map { channelsLast($0) }, isImage: true)
    case .pointwise where entry.type.shape.rank == 4 && entry.inputs.contains(where: isChannelsLast):
      places[index].last = append(entry, entry.inputs.map { channelsLast($0) }, isImage: true)
    case .ordering where isChannelsLast(entry.inputs[0]):
      places[index].last = append(
        entry, [channelsLast(entry.inputs[0]), anyPlace(entry.inputs[1])], isImage: true)
    case .gradientRule:
      places[index] = places[entry.inputs[0]]
    case .reduction(let reduction):
      if let (source, axes) = summed(reduction, entry) {
        let moved = Graph.Entry(
          op: .reduction(Reduction(kind: reduction.kind, axes: axes)), inputs: [channelsLast(source)],
          type: entry.type, layerPath: entry.layerPath, provenance: entry.provenance, origin: entry.origin)
        entries.append(moved)
        places[index].first = entries.count - 1
      } else {
        places[index].first = append(entry, [channelsFirst(entry.inputs[0])], isImage: false)
      }
    default:
      places[index].first = append(entry, entry.inputs.map { channelsFirst($0) }, isImage: false)
    }
  }

  /// Whether an entry was made with its channels last.
  private func isChannelsLast(_ entry: Int) -> Bool {
    places[entry].last != nil && old[entry].type.shape.rank == 4
  }

  private func anyPlace(_ entry: Int) -> Int {
    guard let place = places[entry].first ?? places[entry].last else {
      preconditionFailure("an input comes after its reader")
    }
    return place
  }

  /// Where an entry lies with its axes as its shape says.
  mutating func channelsFirst(_ entry: Int) -> Int {
    if let place = places[entry].first { return place }
    let place = transposed(entry, from: anyPlace(entry), toFirst, old[entry].type)
    places[entry].first = place
    return place
  }

  /// Where an image lies with its channels last.
  private mutating func channelsLast(_ entry: Int) -> Int {
    if let place = places[entry].last { return place }
    let place = transposed(entry, from: anyPlace(entry), toLast, old[entry].type.channelsLast)
    // Where both are there, what is made of it stays as it was.
    return place
  }

  private mutating func transposed(_ entry: Int, from place: Int, _ order: [Int], _ type: TensorType) -> Int {
    let source = old[entry]
    entries.append(
      Graph.Entry(
        op: .movement(.transpose(order)), inputs: [place], type: type, layerPath: source.layerPath,
        provenance: source.provenance, origin: source.origin?.inLayout(isChannelsLast: order == toLast)))
    return entries.count - 1
  }

  private mutating func append(_ entry: Graph.Entry, _ inputs: [Int], isImage: Bool) -> Int {
    var layout = ImageLayout.channelsFirst
    switch entry.op {
    case .convolution where entry.isFastChannelsLast: layout = .channelsLast
    case .pooling where isImage: layout = .channelsLast
    default: break
    }
    entries.append(
      Graph.Entry(
        op: entry.op, inputs: inputs, type: isImage ? entry.type.channelsLast : entry.type,
        layerPath: entry.layerPath, layout: layout, provenance: entry.provenance,
        origin: entry.origin?.inLayout(isChannelsLast: isImage)))
    return entries.count - 1
  }

  /// The image with its channels last that a reduction folds, perhaps transposed, and the axes of it; nil where those are no
  /// neighbours, or the results would lie in another order.
  private func summed(_ reduction: Reduction, _ entry: Graph.Entry) -> (source: Int, axes: Range<Int>)? {
    guard reduction.kind != .argmax else { return nil }
    var (source, order) = (entry.inputs[0], [0, 1, 2, 3])
    if case .movement(.transpose(let axes)) = old[source].op, axes.count == 4 {
      (source, order) = (old[source].inputs[0], axes)
    }
    guard old[source].type.shape.rank == 4, isChannelsLast(source), order.count == 4 else { return nil }
    let folded = Set(order[reduction.axes])
    let axes = toLast.indices.filter { folded.contains(toLast[$0]) }
    guard let first = axes.first, let last = axes.last, last - first + 1 == axes.count else { return nil }
    guard order.filter({ !folded.contains($0) }) == toLast.filter({ !folded.contains($0) }) else {
      return nil
    }
    return (source, first..<last + 1)
  }
}

extension TensorType {
  /// The type of the same image with its channels last.
  fileprivate var channelsLast: TensorType { TensorType(Shape(toLast.map { shape[$0] }), dtype) }
}
