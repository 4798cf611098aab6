package import Lemnos

/// Batches for training, in a fixed order that repeats: neither shuffled nor normalized.
package struct WorkloadBatches {
  /// By field: `[batches, N, …]`.
  let values: [String: TensorValues]

  package let batchSize: Int
  let count: Int

  /// Reads them from a file with a tensor for each of the workload's fields.
  ///
  /// - Throws: `CheckpointError` if those are missing, of other shapes or types, or if integers are too large for them.
  package init(_ file: Checkpoint, path: String, for workload: Workload) throws(CheckpointError) {
    func unusable(_ reason: String) -> CheckpointError { CheckpointError(.unusable, path: path, reason) }
    var (values, sizes) = ([:] as [String: TensorValues], nil as (name: String, count: Int, batch: Int)?)
    for field in workload.fields {
      let (name, dtype, inner) = (field.field.name, field.field.dtype, field.field.shape.dimensions)
      guard let tensor = file.tensors[name] else {
        let names = workload.fields.map { "'\($0.field.name)'" }.joined(separator: " and ")
        throw unusable("has to hold \(names), but holds \(file.tensors.keys.sorted())")
      }
      let shape = tensor.shape
      guard tensor.dtype == dtype, shape.rank == 2 + inner.count, Array(shape.dimensions[2...]) == inner,
        shape.count > 0
      else {
        let needed = (["batches", "N"] + inner.map(String.init)).joined(separator: ", ")
        throw unusable("holds \(name) as \(tensor.dtype)\(shape), but \(dtype)[\(needed)] is needed")
      }
      if let sizes, sizes.count != shape[0] || sizes.batch != shape[1] {
        throw unusable(
          "holds \(sizes.count) batches of \(sizes.batch) \(sizes.name), but \(shape[0]) of \(shape[1]) \(name)"
        )
      }
      if let bound = field.bound,
        let wrong = tensor.elements(as: Int32.self).first(where: { !(0..<Int32(bound)).contains($0) })
      {
        throw unusable("has \(wrong) among its \(name), which are from 0 to \(bound - 1)")
      }
      (values[name], sizes) = (tensor, (name, shape[0], shape[1]))
    }
    self.values = values
    (count, batchSize) = (sizes?.count ?? 0, sizes?.batch ?? 0)
  }
}
