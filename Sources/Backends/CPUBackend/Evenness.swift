/// Whether threads have lately been equally fast: not on processors of fast and slow cores, nor beside other
/// busy processes.
struct Evenness {
  /// Kernels to come that are treated as uneven.
  private var uneven = 0

  /// After so many kernels it is tried again whether threads are even.
  private static let memory = 256

  var isEven: Bool { uneven == 0 }

  /// Less is no sign: it takes some microseconds for the threads to meet.
  static let leastSeconds = 25e-6

  /// - Parameters:
  ///   - wait: the seconds that the caller waited for a kernel's last pieces.
  ///   - all: those of the whole kernel.
  mutating func note(wait: Double, of all: Double) {
    let isUneven = wait > Evenness.leastSeconds && wait > 0.2 * all
    uneven = isUneven ? Evenness.memory : max(0, uneven - 1)
  }
}
