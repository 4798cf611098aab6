/// A kernel ready to run over a range, which may be split anywhere among threads.
package struct Work {
  /// The range is 0 ..< `extent`.
  package let extent: Int

  /// The least number of units per thread: fewer would cost more to hand over than to compute.
  package let grain: Int

  package let body: (Range<Int>) -> Void

  package init(extent: Int, grain: Int, body: @escaping (Range<Int>) -> Void) {
    (self.extent, self.grain, self.body) = (extent, grain, body)
  }
}
