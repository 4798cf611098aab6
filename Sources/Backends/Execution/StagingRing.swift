/// States that the host fills part by part, while programs read other parts (a ring buffer).
///
/// The bytes of each state are divided into the same number of equal parts.
public protocol StagingRing: AnyObject {
  /// Overwrites one part of each state.
  ///
  /// Work submitted before still reads the old contents; work submitted afterwards reads the new ones.
  /// Returns without waiting for either, unless this part's previous transfer is still pending.
  ///
  /// - Parameters:
  ///   - part: from 0.
  ///   - fill: writes every byte of the part of each state, in the order of the states.
  func write(part: Int, _ fill: ([UnsafeMutableRawBufferPointer]) throws -> Void) throws
}
