public import Checkpoints
public import Datasets
import Files
import FoundationEssentials
public import Layers
import ONNXFormat
import SwiftProtobuf
public import Tensors

/// A trained model in ONNX format: its forward pass in evaluation, with its parameters.
///
///     let model = try ONNXModel(of: net, from: checkpoint, input: ImageShape(channels: 3, height: 32, width: 32))
///     try model.write(to: "net.onnx")
///
/// Its input is `input`, float32 `[batch, C, H, W]`, pixels from 0 to 255; its output is `scores`, float32
/// `[batch, classes]`. If the checkpoint has a normalization of pixels, its first operators apply it.
/// Products are float32, whatever the training precision. The class names are metadata, `lemnos.classes`, a
/// list in JSON.
///
/// - SeeAlso: <https://onnx.ai/onnx/operators>
public struct ONNXModel: Sendable {
  /// The opset version, supported by runtimes since 2023.
  private static let operators = 18
  /// The IR version of that opset.
  private static let version = 8
  /// The size limit of protocol buffers.
  private static let mostBytes = 1 << 31

  /// The content of the file.
  public let bytes: [UInt8]

  /// - Parameters:
  ///   - model: the checkpoint's.
  ///   - checkpoint: the parameters and statistics by name.
  ///   - batchSize: nil for batches of any size.
  /// - Throws: `ExchangeError` for operations without an ONNX form and a checkpoint of another model,
  ///   `GraphError` if the model does not take such images.
  public init(
    of model: some Layer, from checkpoint: Checkpoint, input image: ImageShape, batchSize: Int? = nil
  ) throws {
    let pixels = try PixelTransform(of: checkpoint)
    try self.init(
      "\(type(of: model))", inputs: [DataField("input", [image.channels, image.height, image.width])],
      output: "scores", from: checkpoint, batchSize: batchSize
    ) { fields, pass in model.forward(pixels(fields[0]), in: pass) }
  }

  /// A function of named fields.
  ///
  /// - Parameters:
  ///   - name: of the model.
  ///   - inputs: the fields of an example.
  ///   - output: the name of the output.
  ///   - checkpoint: the parameters and statistics by name.
  ///   - batchSize: nil for batches of any size.
  ///   - forward: from the fields, in the order of `inputs`, to the output.
  /// - Throws: as above.
  public init(
    _ name: String, inputs: [DataField], output: String, from checkpoint: Checkpoint, batchSize: Int? = nil,
    _ forward: (_ fields: [Tensor], _ pass: Pass) throws -> Tensor
  ) throws {
    let states = StateStore()
    let graph = try InferenceGraph(batchSize: batchSize) { batch in
      let fields = inputs.map {
        State($0.name, Shape([batch] + $0.shape.dimensions), dtype: $0.dtype, role: .data).value
      }
      return try forward(fields, Pass(.evaluation, states: states))
    }
    let checkpoint = try checkpoint.mergingAdapters(path: "the checkpoint")
    let emission = try ONNXEmission(graph, inputs: inputs.map(\.name), output: output) { state in
      try checkpoint.exportedValues(of: state)
    }
    let size = emission.graph.initializers.reduce(0) { $0 + $1.rawData.count }
    guard size < ONNXModel.mostBytes else {
      throw ExchangeError("the parameters take \(size) bytes, but an ONNX file holds less than 2 GiB")
    }
    var proto = ONNXGraphProto()
    proto.name = name
    proto.node = emission.graph.nodes
    proto.initializer = emission.graph.initializers
    let batch = Extent(perImage: batchSize == nil ? 1 : 0, fixed: batchSize ?? 0)
    proto.input = inputs.map { field in
      ONNXValueInfoProto(
        field.name, [batch] + field.shape.dimensions.map { Extent(fixed: $0) }, field.dtype)
    }
    let root = graph.entries[graph.root]
    proto.output = [ONNXValueInfoProto(output, root.extents, root.dtype)]
    var file = ONNXModelProto()
    file.irVersion = Int64(ONNXModel.version)
    (file.producerName, file.producerVersion) = ("Lemnos", LemnosVersion.current)
    file.graph = proto
    var set = ONNXOperatorSetIdProto()
    (set.domain, set.version) = ("", Int64(ONNXModel.operators))
    file.opsetImport = [set]
    file.metadataProps = checkpoint.identity.sorted { $0.key < $1.key }.map { key, value in
      var entry = ONNXStringStringEntryProto()
      (entry.key, entry.value) = (key, value)
      return entry
    }
    bytes = Array(try file.serializedData() as Data)
  }

  /// Writes the file atomically.
  ///
  /// An existing file is replaced by a rename.
  public func write(to path: String) throws { try DurableFile.write([bytes], to: path) }
}

extension ONNXValueInfoProto {
  /// A tensor of a type and extents.
  fileprivate init(_ name: String, _ extents: [Extent], _ dtype: DType) {
    self.init()
    self.name = name
    self.type.tensorType.elemType = Int32(dtype.onnx.rawValue)
    self.type.tensorType.shape.dim = extents.map { extent in
      var dimension = ONNXTensorShapeProto.Dimension()
      if extent.isFixed { dimension.dimValue = Int64(extent.fixed) } else { dimension.dimParam = "batch" }
      return dimension
    }
  }
}
