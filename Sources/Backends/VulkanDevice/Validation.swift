import CVulkan

/// The checks of the Khronos validation layer.
package enum Validation: Sendable, Hashable {
  /// No layer: full speed.
  case off
  /// Core checks and synchronization hazards.
  case synchronization
  /// These, and GPU-assisted validation by instrumented shaders, which software devices compile a hundred
  /// times longer.
  ///
  /// Slow: for tests.
  ///
  /// Out-of-bounds shader accesses are found only on devices with descriptor indexing, hence not on Debian
  /// 12's lavapipe: keep guard regions around buffers under test.
  case full
  /// Data races in shared memory only: layers from 1.4.363 on.
  ///
  /// Slow: for tests.
  case sharedMemory
}

extension Validation {
  static let layer = "VK_LAYER_KHRONOS_validation"

  /// The structure that configures the layer, chained before `next`.
  ///
  /// - Parameter layerExtensions: the extensions of the layer.
  /// - Returns: the structure, and the extension that defines it.
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

  /// The settings of layers with VK_EXT_layer_settings.
  ///
  /// They check shader accesses only if that is enabled.
  private var settings: [(name: String, isOn: Bool)] {
    let synchronization = [("validate_sync", true), ("syncval_shader_accesses_heuristic", true)]
    return switch self {
    case .off: []
    case .synchronization: synchronization
    case .full: synchronization + [("gpuav_enable", true), ("gpuav_reserve_binding_slot", true)]
    case .sharedMemory:
      // The other checks cost more than they contribute here.
      [("gpuav_enable", true), ("gpuav_shared_memory_data_race", true)]
        + [
          "gpuav_descriptor_checks", "gpuav_post_process_descriptor_indexing", "gpuav_buffers_validation",
          "validate_core",
        ].map { ($0, false) }
    }
  }

  /// The features to enable in older layers.
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
