import Dispatch
import Testing
import VulkanDevice

extension VulkanDeviceTests {
  @Suite("Threads")
  struct ThreadTests {
    @Test(
      "open and close devices of their own while others name objects", .enabled(if: !TestDevice.all.isEmpty))
    func devices() async {
      // In a separate process, because a crash ends it. Without the lock `loaderLists` it crashes every time
      // with --sanitize=address, and otherwise now and then.
      await #expect(processExitsWith: .success) {
        let index = TestDevice.all[0].index
        DispatchQueue.concurrentPerform(iterations: 4) { _ in
          for _ in 0..<8 {
            guard let instance = try? Instance(validation: TestDevice.hasValidation ? .full : .off),
              let physical = try? instance.device(at: index),
              let device = try? Device(physical, of: instance)
            else { preconditionFailure("the device was there before") }
            for number in 0..<200 {
              _ = try? device.makeBuffer(byteCount: 4, memory: .device, label: "buffer \(number)")
            }
          }
        }
      }
    }
  }
}
