import CVulkan

/// How closely the Khronos validation layer watches every call.
package enum Validation: Sendable, Hashable {
  /// No layer: full speed.
  case off
  /// Core checks and synchronization hazards.
  case synchronization
  /// These, and instrumented shaders, which software devices compile for a hundred times as long.
  ///
  /// Slow: for tests.
  ///
  /// Shader accesses beyond a binding are found only on devices with descriptor indexing, hence not on Debian 12's
  /// lavapipe: keep guard regions around buffers under test.
  case full
}

extension Validation {
  static let layer = "VK_LAYER_KHRONOS_validation"
  static let featuresExtension = VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME

  var features: [VkValidationFeatureEnableEXT] {
    switch self {
    case .off: []
    case .synchronization: [VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT]
    case .full:
      [
        VK_VALIDATION_FEATURE_ENABLE_SYNCHRONIZATION_VALIDATION_EXT,
        VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_EXT,
        VK_VALIDATION_FEATURE_ENABLE_GPU_ASSISTED_RESERVE_BINDING_SLOT_EXT,
      ]
    }
  }
}
