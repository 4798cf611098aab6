import CKernels
import Programs
import ReferenceKernels
import Tensors

extension Accelerated {
  /// Fast because neither scores nor weights leave the cache, and queries, keys and values are read where they lie.
  ///
  /// One phase; two for gradients of few sequences and groups, whose keys are split, so that all threads have work: each split
  /// computes its part of the gradient of queries, and the parts are added up afterwards.
  static func attention(
    _ kernel: AttentionKernel, _ inputs: [BufferView], _ y: BufferView, _ workspace: Workspace
  ) -> [Work] {
    let z = kernel.sizes
    let (lanes, splits) = (Int(LEMNOS_ATTENTION_LANES), kernel.gradientSplits)
    let partial = kernel.workspaceCount > 0 ? workspace.take(kernel.workspaceCount) : nil
    let attention = LaidOutAttention(kernel, inputs, y, splits: splits, partial)
    guard kernel.isGradient else {
      let units = z.n * z.h * ((z.t + lanes - 1) / lanes)
      return [
        Work(extent: units, grain: grain(4 * z.d * z.s * lanes)) {
          lemnos_attend(attention.pointer, Int64($0.lowerBound), Int64($0.upperBound))
        }
      ]
    }
    let perUnit = 10 * z.d * z.s * z.t * (z.h / max(z.g, 1)) / splits
    let work = Work(extent: z.n * z.g * splits, grain: grain(perUnit)) {
      lemnos_attention_gradient(attention.pointer, Int64($0.lowerBound), Int64($0.upperBound))
    }
    guard splits > 1 else { return [work] }
    return [
      work,
      Work(extent: z.n * z.t, grain: max(1, (1 << 14) / max(z.h * z.d, 1))) {
        lemnos_attention_gather(attention.pointer, Int64($0.lowerBound), Int64($0.upperBound))
      },
    ]
  }

  /// The least number of units for a thread: some microseconds of arithmetic.
  private static func grain(_ flops: Int) -> Int { max(1, 400_000 / max(flops, 1)) }
}

extension AttentionKernel {
  /// Into how many splits the keys of a group are cut for the gradient: enough for 32 pieces of work, if the splits have 256 keys.
  ///
  /// It follows from the sizes alone, because it decides the order of additions.
  fileprivate var gradientSplits: Int {
    let (pieces, leastKeys) = (32, 256)
    return max(1, min(pieces / max(sizes.n * sizes.g, 1), sizes.s / leastKeys))
  }

  /// The floats of the gradients of queries by each split; none if there is one split.
  var workspaceCount: Int { isGradient && gradientSplits > 1 ? gradientSplits * sizes.queryCount : 0 }
}

/// The sizes and addresses of an attention, at a stable address.
private final class LaidOutAttention {
  let pointer = UnsafeMutablePointer<lemnos_attention>.allocate(capacity: 1)

  init(
    _ kernel: AttentionKernel, _ inputs: [BufferView], _ y: BufferView, splits: Int,
    _ partial: UnsafeMutablePointer<Float>?
  ) {
    let (sizes, form) = (kernel.sizes, kernel.form)
    let n = { (x: Int) in Int64(x) }
    let floats = { (input: Int) in UnsafePointer(inputs[input].pointer(to: Float.self)) }
    var z = lemnos_attention()
    (z.splits, z.partial_dq) = (n(splits), partial)
    (z.n, z.h, z.g) = (n(sizes.n), n(sizes.h), n(sizes.g))
    (z.t, z.s, z.d) = (n(sizes.t), n(sizes.s), n(sizes.d))
    (z.q, z.k, z.v) = (
      floats(0) + kernel.query.offset, floats(1) + kernel.key.offset, floats(2) + kernel.value.offset
    )
    (z.q_image, z.q_head, z.q_row) = (n(kernel.query.image), n(kernel.query.head), n(kernel.query.row))
    (z.k_image, z.k_head, z.k_row) = (n(kernel.key.image), n(kernel.key.head), n(kernel.key.row))
    (z.v_image, z.v_head, z.v_row) = (n(kernel.value.image), n(kernel.value.head), n(kernel.value.row))
    (z.scale, z.is_causal) = (Float(form.scale), form.isCausal ? 1 : 0)
    z.leaves_out = Float(AttentionForm.leavesOut)
    if let input = form.maskInput, let mask = kernel.mask {
      z.mask = floats(input) + mask.rows.offset
      (z.mask_image, z.mask_head, z.mask_row) = (n(mask.rows.image), n(mask.rows.head), n(mask.rows.row))
      z.mask_column = n(mask.column)
    }
    if let input = form.documentInput {
      z.query_documents = UnsafePointer(inputs[input].pointer(to: Int32.self))
      z.key_documents = UnsafePointer(inputs[input + 1].pointer(to: Int32.self))
    }
    if let input = form.randomInput, let dropout = form.dropout {
      // Keys and counters are the bits of an int32.
      z.random_key = UnsafePointer(inputs[input].base.assumingMemoryBound(to: UInt32.self))
      z.random_counter = UnsafePointer(inputs[input + 1].base.assumingMemoryBound(to: UInt32.self))
      (z.random_stream, z.dropped_below) = (dropout.stream, Int32(dropout.droppedBelow))
      z.kept = Float(dropout.kept)
    }
    let y = y.pointer(to: Float.self)
    if let upstream = kernel.upstream {
      z.dy = floats(form.inputCount) + upstream.offset
      (z.dy_image, z.dy_head, z.dy_row) = (n(upstream.image), n(upstream.head), n(upstream.row))
      z.normalizers = floats(form.inputCount + 1) + sizes.queryCount
      z.products = floats(form.inputCount + 2)
      let rows = sizes.gradientRows
      (z.dq, z.dk, z.dv) = (y + rows.query.offset, y + rows.key.offset, y + rows.value.offset)
      (z.dq_row, z.dk_row) = (n(rows.query.row), n(rows.key.row))
    } else {
      (z.y, z.normalizers_out) = (y, y + sizes.queryCount)
    }
    pointer.initialize(to: z)
  }

  deinit { pointer.deallocate() }
}
