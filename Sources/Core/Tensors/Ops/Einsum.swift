/// Sums of products over named axes (Einstein summation).
///
///     einsum("ij,jk->ik", a, b)          a matrix product
///     einsum("bhid,bhjd->bhij", q, k)    scores of attention
///     einsum("ij->j", a)                 sums of columns
///
/// A letter names an axis, in all operands; letters missing in the result are summed over. One tensor or two.
public func einsum(
  _ equation: String, _ tensors: Tensor..., file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
  let location = Location(file, line)
  if let invalid = tensors.first(where: { $0.error != nil }) { return invalid }
  func refusal(_ reason: String) -> Tensor { .invalid("einsum", "'\(equation)': \(reason)", at: location) }
  let sides = equation.filter { $0 != " " }.split(separator: "->", omittingEmptySubsequences: false)
  guard sides.count == 2 else { return refusal("takes a form such as 'ij,jk->ik'") }
  let operands = sides[0].split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
  let result = Array(sides[1])
  guard operands.count == tensors.count, (1...2).contains(tensors.count) else {
    return refusal(
      "names \(operands.count) tensors, of which \(tensors.count) are given; one or two are possible")
  }
  var extents: [Character: Int] = [:]
  for (letters, tensor) in zip(operands, tensors) {
    guard letters.count == tensor.rank, Set(letters).count == letters.count else {
      return refusal("\(String(letters)) does not name the axes of \(tensor.shape), each once")
    }
    for (letter, extent) in zip(letters, tensor.shape.dimensions) {
      guard extents[letter] ?? extent == extent else {
        return refusal(
          "the axis \(letter) has \(extents[letter] ?? 0) elements in one tensor and \(extent) in the other")
      }
      extents[letter] = extent
    }
  }
  guard Set(result).count == result.count, result.allSatisfy({ extents[$0] != nil }) else {
    return refusal("the result \(String(result)) has an axis twice, or one that no tensor has")
  }
  /// A tensor with the axes of these letters in order, the others summed over.
  func arranged(_ tensor: Tensor, _ letters: [Character], as order: [Character]) -> Tensor {
    let dropped = letters.indices.filter { !order.contains(letters[$0]) }
    let kept = letters.filter(order.contains)
    let summed = dropped.isEmpty ? tensor : tensor.sum(dropped, file: file, line: line)
    return summed.transposed(order.map { kept.firstIndex(of: $0) ?? 0 })
  }
  guard tensors.count == 2 else { return arranged(tensors[0], operands[0], as: result) }
  let (a, b) = (operands[0], operands[1])
  let batch = a.filter { b.contains($0) && result.contains($0) }
  let summed = a.filter { b.contains($0) && !result.contains($0) }
  let (left, right) = (
    a.filter { !b.contains($0) && result.contains($0) }, b.filter { !a.contains($0) && result.contains($0) }
  )
  func count(_ letters: [Character]) -> Int { letters.reduce(1) { $0 * (extents[$1] ?? 1) } }
  func sizes(_ letters: [Character]) -> [Int] { letters.map { extents[$0] ?? 1 } }
  let products = batchedMatmul(
    arranged(tensors[0], a, as: batch + left + summed).reshaped([count(batch), count(left), count(summed)]),
    arranged(tensors[1], b, as: batch + summed + right).reshaped([count(batch), count(summed), count(right)]),
    file: file, line: line)
  let order = batch + left + right
  guard products.error == nil else { return products }
  return products.reshaped(Shape(sizes(order))).transposed(result.map { order.firstIndex(of: $0) ?? 0 })
}
