import CVulkan
import Testing

@testable import VulkanDevice

extension VulkanDeviceTests {
  @Suite("Cooperative matrices")
  struct CooperativeMatrixTests {
    private static func offer(
      _ m: UInt32, _ n: UInt32, _ k: UInt32, _ elements: VkComponentTypeKHR,
      _ sums: VkComponentTypeKHR = VK_COMPONENT_TYPE_FLOAT32_KHR,
      _ change: (inout VkCooperativeMatrixPropertiesKHR) -> Void = { _ in }
    ) -> VkCooperativeMatrixPropertiesKHR {
      .make {
        ($0.MSize, $0.NSize, $0.KSize) = (m, n, k)
        ($0.AType, $0.BType, $0.CType, $0.ResultType) = (elements, elements, sums, sums)
        $0.scope = VK_SCOPE_SUBGROUP_KHR
        change(&$0)
      }
    }

    private static let half = VK_COMPONENT_TYPE_FLOAT16_KHR
    private static let brain = LEMNOS_COMPONENT_TYPE_BFLOAT16

    @Test("are those of narrow floats with sums in float32, in a subgroup, each once")
    func usable() {
      // Similar to NVIDIA's driver: other scopes, types and accumulators among them.
      let offered = [
        Self.offer(16, 16, 16, Self.half, Self.half), Self.offer(16, 16, 16, Self.half),
        Self.offer(16, 8, 16, Self.half), Self.offer(16, 16, 16, Self.half),
        Self.offer(16, 16, 32, VkComponentTypeKHR(3), VkComponentTypeKHR(5)),
        Self.offer(16, 16, 16, Self.brain),
        Self.offer(64, 64, 16, Self.half) { $0.scope = VK_SCOPE_WORKGROUP_KHR },
        Self.offer(16, 16, 8, Self.half) { $0.saturatingAccumulation = VkBool32(true) },
        Self.offer(8, 8, 8, Self.half) { $0.BType = Self.brain },
        Self.offer(8, 8, 16, Self.half) { $0.ResultType = Self.half },
      ]
      let float16 = [
        CooperativeMatrix(m: 16, n: 16, k: 16, element: .float16),
        CooperativeMatrix(m: 16, n: 8, k: 16, element: .float16),
      ]
      let bfloat16 = [CooperativeMatrix(m: 16, n: 16, k: 16, element: .bfloat16)]
      #expect(CooperativeMatrix.usable(offered, hasFloat16: true, hasBFloat16: true) == float16 + bfloat16)
      #expect(CooperativeMatrix.usable(offered, hasFloat16: true, hasBFloat16: false) == float16)
      #expect(CooperativeMatrix.usable(offered, hasFloat16: false, hasBFloat16: true) == bfloat16)
      #expect(CooperativeMatrix.usable([], hasFloat16: true, hasBFloat16: true) == [])
    }

    @Test(
      "take the extensions and features that they need, in front of others, and nothing where there are none",
      arguments: TestDevice.all.prefix(1))
    func enabled(choice: TestDevice) throws {
      var device = try #require(try Instance().device(at: choice.index))
      let scratch = Scratch()
      defer { scratch.free() }
      let last = UnsafeMutableRawPointer(scratch.pointer(to: UInt64(0)))
      device.cooperativeMatrices = []
      #expect(device.cooperativeExtensions == [])
      #expect(device.cooperativeFeatures(scratch, before: last) == last)
      device.cooperativeMatrices = [CooperativeMatrix(m: 16, n: 16, k: 16, element: .float16)]
      #expect(device.cooperativeExtensions == ["VK_KHR_cooperative_matrix"])
      let matrices = try #require(device.cooperativeFeatures(scratch, before: last))
        .assumingMemoryBound(to: VkPhysicalDeviceCooperativeMatrixFeaturesKHR.self)
      #expect(matrices.pointee.sType.rawValue == 1_000_506_000 && matrices.pointee.cooperativeMatrix.isTrue)
      #expect(matrices.pointee.pNext == last)
      device.cooperativeMatrices.append(CooperativeMatrix(m: 16, n: 16, k: 16, element: .bfloat16))
      #expect(device.cooperativeExtensions == ["VK_KHR_cooperative_matrix", "VK_KHR_shader_bfloat16"])
      let first = try #require(device.cooperativeFeatures(scratch, before: last))
        .assumingMemoryBound(to: VkPhysicalDeviceCooperativeMatrixFeaturesKHR.self)
      let second = try #require(first.pointee.pNext)
        .assumingMemoryBound(to: VkPhysicalDeviceShaderBfloat16FeaturesKHR.self)
      #expect(second.pointee.sType.rawValue == 1_000_141_000 && second.pointee.shaderBFloat16Type.isTrue)
      #expect(second.pointee.shaderBFloat16CooperativeMatrix.isTrue && second.pointee.pNext == last)
    }
  }
}
