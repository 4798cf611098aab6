import CVulkan

/// The shape and type of a subgroup's cooperative matrix operation, on matrix units if the device has them:
/// a[m, k] by b[k, n] of narrow elements, accumulated in float32.
package struct CooperativeMatrix: Sendable, Hashable {
  package enum Element: Sendable {
    case float16, bfloat16
  }

  package let m, n, k: Int
  package let element: Element

  package init(m: Int, n: Int, k: Int, element: Element) {
    (self.m, self.n, self.k, self.element) = (m, n, k, element)
  }
}

extension CooperativeMatrix {
  static let extensionName = "VK_KHR_cooperative_matrix"
  static let bfloat16ExtensionName = "VK_KHR_shader_bfloat16"

  /// An operation offered by a driver; nil for other types, saturating sums, and scopes beyond a subgroup.
  init?(_ properties: VkCooperativeMatrixPropertiesKHR) {
    guard properties.scope == VK_SCOPE_SUBGROUP_KHR, !properties.saturatingAccumulation.isTrue,
      properties.CType == VK_COMPONENT_TYPE_FLOAT32_KHR,
      properties.ResultType == VK_COMPONENT_TYPE_FLOAT32_KHR,
      properties.AType == properties.BType
    else { return nil }
    switch properties.AType {
    case VK_COMPONENT_TYPE_FLOAT16_KHR: element = .float16
    case LEMNOS_COMPONENT_TYPE_BFLOAT16: element = .bfloat16
    default: return nil
    }
    (m, n, k) = (Int(properties.MSize), Int(properties.NSize), Int(properties.KSize))
  }

  /// All operations offered to compute shaders, if the device also has the features such shaders need.
  static func all(
    of device: VkPhysicalDevice, extensions: [String], hasFloat16: Bool, _ functions: InstanceFunctions
  ) -> [CooperativeMatrix] {
    guard extensions.contains(extensionName), let ask = functions.getCooperativeMatrices else { return [] }
    let hasBFloat16 = extensions.contains(bfloat16ExtensionName)
    let scratch = Scratch()
    defer { scratch.free() }
    let bfloat16 = scratch.pointer(to: VkPhysicalDeviceShaderBfloat16FeaturesKHR.make())
    let matrices = scratch.pointer(
      to: VkPhysicalDeviceCooperativeMatrixFeaturesKHR.make {
        $0.pNext = hasBFloat16 ? UnsafeMutableRawPointer(bfloat16) : nil
      })
    let vulkan12 = scratch.pointer(
      to: VkPhysicalDeviceVulkan12Features.make { $0.pNext = UnsafeMutableRawPointer(matrices) })
    var features = VkPhysicalDeviceFeatures2.make { $0.pNext = UnsafeMutableRawPointer(vulkan12) }
    functions.getFeatures2(device, &features)
    let stages = scratch.pointer(to: VkPhysicalDeviceCooperativeMatrixPropertiesKHR.make())
    var properties = VkPhysicalDeviceProperties2.make { $0.pNext = UnsafeMutableRawPointer(stages) }
    functions.getProperties2(device, &properties)
    // Such shaders use the Vulkan memory model; with it, device-scope atomics, needed to store bytes, are a
    // separate feature.
    guard matrices.pointee.cooperativeMatrix.isTrue, vulkan12.pointee.vulkanMemoryModel.isTrue,
      vulkan12.pointee.vulkanMemoryModelDeviceScope.isTrue,
      stages.pointee.cooperativeMatrixSupportedStages & flags(VK_SHADER_STAGE_COMPUTE_BIT) != 0
    else { return [] }
    let offered = try? enumerate(
      "vkGetPhysicalDeviceCooperativeMatrixPropertiesKHR", blank: VkCooperativeMatrixPropertiesKHR.make()
    ) { ask(device, &$0, $1) }
    return usable(
      offered ?? [], hasFloat16: hasFloat16,
      hasBFloat16: bfloat16.pointee.shaderBFloat16Type.isTrue
        && bfloat16.pointee.shaderBFloat16CooperativeMatrix.isTrue)
  }

  /// The usable ones, without duplicates, in the driver's order.
  static func usable(
    _ offered: [VkCooperativeMatrixPropertiesKHR], hasFloat16: Bool, hasBFloat16: Bool
  ) -> [CooperativeMatrix] {
    var seen: Set<CooperativeMatrix> = []
    return offered.compactMap { CooperativeMatrix($0) }.filter {
      ($0.element == .float16 ? hasFloat16 : hasBFloat16) && seen.insert($0).inserted
    }
  }
}

extension PhysicalDevice {
  /// The extensions needed to use its cooperative matrices.
  var cooperativeExtensions: [String] {
    if cooperativeMatrices.isEmpty { return [] }
    let hasBFloat16 = cooperativeMatrices.contains { $0.element == .bfloat16 }
    return [CooperativeMatrix.extensionName] + (hasBFloat16 ? [CooperativeMatrix.bfloat16ExtensionName] : [])
  }

  /// The feature structures that enable them, chained before others.
  func cooperativeFeatures(_ scratch: Scratch, before next: UnsafeMutableRawPointer?)
    -> UnsafeMutableRawPointer?
  {
    if cooperativeMatrices.isEmpty { return next }
    var last = next
    if cooperativeMatrices.contains(where: { $0.element == .bfloat16 }) {
      let bfloat16 = VkPhysicalDeviceShaderBfloat16FeaturesKHR.make {
        $0.pNext = next
        $0.shaderBFloat16Type = VkBool32(true)
        $0.shaderBFloat16CooperativeMatrix = VkBool32(true)
      }
      last = UnsafeMutableRawPointer(scratch.pointer(to: bfloat16))
    }
    let matrices = VkPhysicalDeviceCooperativeMatrixFeaturesKHR.make {
      $0.pNext = last
      $0.cooperativeMatrix = VkBool32(true)
    }
    return UnsafeMutableRawPointer(scratch.pointer(to: matrices))
  }
}
