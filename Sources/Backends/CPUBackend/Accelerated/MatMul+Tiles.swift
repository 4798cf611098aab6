import CKernels
import Programs
import ReferenceKernels
import Tensors

extension Accelerated {
  /// The least arithmetic of a piece of a product: some microseconds.
  private static let leastFlops = 400_000

  /// Register and cache blocking.
  ///
  /// Fast because tiles of the result stay in vector registers over the depth, and blocks of it in the cache
  /// for the epilogue.
  ///
  /// - Parameters:
  ///   - y: nil if only the epilogue reads the product.
  static func matmul(
    _ kernel: MatMulKernel, _ inputs: [BufferView], _ y: BufferView?, _ epilogue: Epilogue? = nil
  )
    -> Work
  {
    let product = TiledProduct(kernel, inputs, y, epilogue)
    let byRows = kernel.isByRows(withEpilogue: epilogue != nil)
    // Columns are cut at panels, the last of which may be wider.
    let (tile, panel) = (Int(lemnos_tile_rows()), Int(LEMNOS_PACKED))
    let perUnit = 2 * max(kernel.k, 1) * (byRows ? max(kernel.n, 1) : kernel.m * panel)
    let grain = max(byRows ? tile / 2 : 1, leastFlops / max(perUnit, 1))
    if let length = epilogue?.sums?.length {
      let rows = length / kernel.n
      return Work(extent: kernel.m / rows, grain: max(1, leastFlops / max(perUnit * rows, 1))) { band in
        product.compute(rows: band.lowerBound * rows..<band.upperBound * rows, inMultiplesOf: rows)
      }
    }
    guard byRows else {
      let panels = max(1, kernel.n / panel)
      return Work(extent: panels, grain: grain) { band in
        let end = band.upperBound == panels ? kernel.n : band.upperBound * panel
        product.compute(columns: band.lowerBound * panel..<end)
      }
    }
    return Work(extent: kernel.m, grain: grain) { product.compute(rows: $0, inMultiplesOf: tile) }
  }
}

/// A matrix product in blocks whose results are still in the cache for the epilogue.
private struct TiledProduct {
  private let product: lemnos_product
  private let epilogue: Epilogue?
  /// Nil if only the epilogue reads the product.
  private let result: UnsafeMutablePointer<Float>?

  /// Results per block, with an epilogue.
  private static let blockCount = 32 << 10

  /// The same for rows where each block packs the right operand anew, which its rows have to be worth: if it is transposed, or its
  /// rows evict one another from the cache (`collides` in products.c).
  private static let packingBlockCount = 128 << 10

  private var packsForEachBlock: Bool {
    product.b_is_transposed != 0 || (product.b_stride * 4).isMultiple(of: 1024)
  }

  init(_ kernel: MatMulKernel, _ inputs: [BufferView], _ y: BufferView?, _ epilogue: Epilogue?) {
    product = lemnos_product(
      m: Int64(kernel.m), n: Int64(kernel.n), k: Int64(kernel.k),
      a: inputs[0].pointer(to: Float.self) + kernel.a.offset,
      b: inputs[1].pointer(to: Float.self) + kernel.b.offset, a_stride: Int64(kernel.a.stride),
      b_stride: Int64(kernel.b.stride), a_is_transposed: kernel.a.isTransposed ? 1 : 0,
      b_is_transposed: kernel.b.isTransposed ? 1 : 0, y: nil,
      y_stride: Int64(kernel.n),
      after: nil, after_count: 0, after_length: 0)
    self.epilogue = epilogue
    result = y?.pointer(to: Float.self)
  }

  private var m: Int { Int(product.m) }
  private var n: Int { Int(product.n) }

  /// - Parameter unit: rows per block are a multiple of it; usually the rows of a register tile.
  func compute(rows: Range<Int>, inMultiplesOf unit: Int) {
    guard let epilogue else {
      return multiply(product, rows, 0..<n, to: memory(row: rows.lowerBound))
    }
    let count = packsForEachBlock ? TiledProduct.packingBlockCount : TiledProduct.blockCount
    let step = max(unit, count / max(n, 1) / unit * unit)
    for first in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
      let block = first..<min(first + step, rows.upperBound)
      var product = product
      let y =
        memory(row: block.lowerBound) ?? lemnos_scratch(LEMNOS_SCRATCH_RESULTS, Int64(step * n))
      guard let y else { return }
      let elements = block.lowerBound * n..<block.upperBound * n
      epilogue.chain.withMemory(from: elements.lowerBound) { memory in
        (product.after, product.after_count) = (memory.baseAddress, Int64(memory.count))
        product.after_length = Int64(elements.count)
        multiply(product, block, 0..<n, to: y)
      }
      epilogue.run(elements, local: y)
    }
  }

  func compute(columns: Range<Int>) {
    guard let epilogue else {
      return multiply(product, 0..<m, columns, to: memory(column: columns.lowerBound))
    }
    let panel = 32
    let step = max(4 * panel, TiledProduct.blockCount / max(m, 1) / panel * panel)
    for first in stride(from: columns.lowerBound, to: columns.upperBound, by: step) {
      let block = first..<min(first + step, columns.upperBound)
      var product = product
      if result == nil { product.y_stride = Int64(step) }
      let y =
        memory(column: block.lowerBound) ?? lemnos_scratch(LEMNOS_SCRATCH_RESULTS, Int64(step * m))
      guard let y else { return }
      multiply(product, 0..<m, block, to: y)
      for row in 0..<m {
        epilogue.chain.run(
          row * n + block.lowerBound..<row * n + block.upperBound,
          local: y + row * Int(product.y_stride))
      }
    }
  }

  /// The memory of the result from one row or column on; nil if it is not stored.
  private func memory(row: Int = 0, column: Int = 0) -> UnsafeMutablePointer<Float>? {
    result.map { $0 + row * n + column }
  }

  /// - Parameter y: the memory of the first of these results.
  private func multiply(
    _ product: lemnos_product, _ rows: Range<Int>, _ columns: Range<Int>,
    to y: UnsafeMutablePointer<Float>?
  ) {
    var product = product
    product.y = y
    withUnsafePointer(to: product) {
      lemnos_multiply(
        $0, Int64(rows.lowerBound), Int64(rows.upperBound), Int64(columns.lowerBound),
        Int64(columns.upperBound))
    }
  }
}
