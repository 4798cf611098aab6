/// States that the host fills part by part, while programs read other parts of them.
///
/// Each state is cut along its bytes into the same number of equal parts.
public protocol StagingRing: AnyObject {
  /// Replaces one part of each state.
  ///
  /// What was handed to the device before still reads what was there; what is handed over afterwards reads what is
  /// written now. Returns without waiting for either, unless this very part is still on its way from the last time.
  ///
  /// - Parameters:
  ///   - part: from 0.
  ///   - fill: writes every byte of the part of each state, in the order of the states.
  func write(part: Int, _ fill: ([UnsafeMutableRawBufferPointer]) throws -> Void) throws
}
