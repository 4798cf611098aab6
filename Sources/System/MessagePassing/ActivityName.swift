/// What a rank is busy with, for messages: "step 120, bucket 3 of 7".
///
/// Cheap to make, because each collective of each step has one: text is made only for an error.
package struct ActivityName: CustomStringConvertible, Hashable, Sendable {
  private enum Form: Hashable {
    case text(String)
    case step(Int)
    case bucket(step: Int, number: Int, count: Int)
  }

  private let form: Form

  /// Any words that fit after "during": "the start", "the comparison of settings".
  package init(_ text: String) { form = .text(text) }

  package init(step: Int) { form = .step(step) }

  /// - Parameters:
  ///   - bucket: from 1.
  ///   - count: the buckets of a step.
  package init(step: Int, bucket: Int, of count: Int) {
    form = .bucket(step: step, number: bucket, count: count)
  }

  package var description: String {
    switch form {
    case .text(let text): text
    case .step(let step): "step \(step)"
    case .bucket(let step, let number, let count): "step \(step), bucket \(number) of \(count)"
    }
  }
}
