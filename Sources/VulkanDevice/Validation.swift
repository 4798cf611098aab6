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
  /// Shared memory that two invocations reach without a barrier between them, and nothing else: of layers from 1.4.363 on.
  ///
  /// Slow: for tests.
  case sharedMemory
}

extension Validation {
  static let layer = "VK_LAYER_KHRONOS_validation"

  /// Describes to the layer what to watch, in front of `next`.
  ///
  /// - Parameter layerExtensions: what the layer itself offers.
  /// - Returns: the description, and the extension that it is a part of.
  func request(
    _ scratch: Scratch, layerExtensions: [String], before next: UnsafeRawPointer?
  ) -> (next: UnsafeRawPointer, extension: String) {
    guard layerExtensions.contains(VK_EXT_LAYER_SETTINGS_EXTENSION_NAME) else {
      let features = VkValidationFeaturesEXT.make {
        $0.enabledValidationFeatureCount = UInt32(self.features.count)
        $0.pEnabledValidationFeatures = scratch.array(self.features)
        $0.pNext = next
      }
      return (scratch.next(features), VK_EXT_VALIDATION_FEATURES_EXTENSION_NAME)
    }
    let settings = settings.map { name, isOn in
      VkLayerSettingEXT(
        pLayerName: scratch.string(Self.layer), pSettingName: scratch.string(name),
        type: VK_LAYER_SETTING_TYPE_BOOL32_EXT, valueCount: 1, pValues: scratch.next(VkBool32(isOn)))
    }
    let info = VkLayerSettingsCreateInfoEXT.make {
      $0.settingCount = UInt32(settings.count)
      $0.pSettings = scratch.array(settings)
      $0.pNext = next
    }
    return (scratch.next(info), VK_EXT_LAYER_SETTINGS_EXTENSION_NAME)
  }

  /// What layers are told that know settings by their names.
  ///
  /// They see what shaders read and write only when they are told to look.
  private var settings: [(name: String, isOn: Bool)] {
    let synchronization = [("validate_sync", true), ("syncval_shader_accesses_heuristic", true)]
    return switch self {
    case .off: []
    case .synchronization: synchronization
    case .full: synchronization + [("gpuav_enable", true), ("gpuav_reserve_binding_slot", true)]
    case .sharedMemory:
      // Its other checks cost more than they find here.
      [("gpuav_enable", true), ("gpuav_shared_memory_data_race", true)]
        + [
          "gpuav_descriptor_checks", "gpuav_post_process_descriptor_indexing", "gpuav_buffers_validation",
          "validate_core",
        ].map { ($0, false) }
    }
  }

  /// What older layers are told.
  private var features: [VkValidationFeatureEnableEXT] {
    switch self {
    case .off, .sharedMemory: []
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
