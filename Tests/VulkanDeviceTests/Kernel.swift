/// A small shader that reads binding 0 and writes binding 1.
struct Kernel {
  let name: String
  let source: String
  let pushConstantByteCount: Int

  /// y[i] = scale · x[i] + offset for i < count; offset and workgroup size are specialization constants.
  static let affine = Kernel(
    name: "affine.comp",
    source: """
      #version 450
      layout(local_size_x_id = 0) in;
      layout(constant_id = 1) const float offset = 0;
      layout(binding = 0) readonly buffer X { float x[]; };
      layout(binding = 1) writeonly buffer Y { float y[]; };
      layout(push_constant) uniform Constants { uint count; float scale; };
      void main() {
        uint i = gl_GlobalInvocationID.x;
        if (i < count) y[i] = scale * x[i] + offset;
      }
      """,
    pushConstantByteCount: 8)

  /// y[i] += x[i], 64 elements a workgroup.
  static let accumulate = Kernel(
    name: "accumulate.comp",
    source: """
      #version 450
      layout(local_size_x = 64) in;
      layout(binding = 0) readonly buffer X { float x[]; };
      layout(binding = 1) buffer Y { float y[]; };
      void main() { y[gl_GlobalInvocationID.x] += x[gl_GlobalInvocationID.x]; }
      """,
    pushConstantByteCount: 0)

  /// y[i] = x[63 − i] within each 64 elements, through shared memory.
  static func reversed(barrier: Bool) -> Kernel {
    Kernel(
      name: "reversed.comp",
      source: """
        #version 450
        layout(local_size_x = 64) in;
        layout(binding = 0) readonly buffer X { float x[]; };
        layout(binding = 1) writeonly buffer Y { float y[]; };
        shared float passed[64];
        void main() {
          passed[gl_LocalInvocationID.x] = x[gl_GlobalInvocationID.x];
          \(barrier ? "barrier();" : "")
          y[gl_GlobalInvocationID.x] = passed[63 - gl_LocalInvocationID.x];
        }
        """,
      pushConstantByteCount: 0)
  }
}

/// The push constants of `Kernel.affine`.
struct AffineConstants: BitwiseCopyable {
  var count: UInt32
  var scale: Float
}
