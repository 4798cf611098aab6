import Checkpoints
import Datasets
import Exchange
import FoundationEssentials
import Layers
import Models
import ONNXFormat
import SwiftProtobuf
import Tensors
import Testing

@Suite("ONNX models")
struct ONNXModelTests {
  private static let image = ImageShape(channels: 3, height: 8, width: 8)
  private static let batch: Shape = [1, 3, 8, 8]

  private func read(_ model: ONNXModel) throws -> ONNXModelProto {
    try ONNXModelProto(serializedBytes: Data(model.bytes))
  }

  private func export(
    _ model: some Layer, input: ImageShape = image, batchSize: Int? = nil
  ) throws -> ONNXModelProto {
    let shape: Shape = [1, input.channels, input.height, input.width]
    let checkpoint = Checkpoint(initial: model, input: shape)
    return try read(ONNXModel(of: model, from: checkpoint, input: input, batchSize: batchSize))
  }

  private func counts(_ model: ONNXModelProto) -> [String: Int] {
    model.graph.node.reduce(into: [:]) { $0[$1.opType, default: 0] += 1 }
  }

  @Test("hold the states under their names, bit by bit, and say what they take and give")
  func small() throws {
    let net = TwoLayerNet(hidden: 5, classes: 4)
    var checkpoint = Checkpoint(initial: net, input: Self.batch)
    checkpoint.metadata = ["lemnos.run": "{}", "lemnos.image": "3x8x8", "lemnos.classes": "[\"cat\"]"]
    let model = try read(ONNXModel(of: net, from: checkpoint, input: Self.image))
    #expect(model.metadataProps.map(\.key) == ["lemnos.classes", "lemnos.image"])
    #expect(model.metadataProps.map(\.value) == ["[\"cat\"]", "3x8x8"])
    #expect(model.irVersion == 8 && model.opsetImport.map(\.version) == [18])
    #expect(
      model.graph.node.map(\.opType) == ["Sub", "Mul", "Flatten", "MatMul", "Add", "Relu", "MatMul", "Add"])
    for (name, values) in checkpoint.tensors {
      let tensor = try #require(model.graph.initializer.first { $0.name == name })
      #expect(tensor.dims == values.shape.dimensions.map(Int64.init))
      #expect(Array(tensor.rawData) == values.bytes)
    }
    let ends = (model.graph.input + model.graph.output).map { value in
      (
        value.name,
        value.type.tensorType.shape.dim.map { $0.dimParam.isEmpty ? "\($0.dimValue)" : $0.dimParam }
      )
    }
    #expect(ends.map(\.0) == ["input", "scores"])
    #expect(ends.map(\.1) == [["batch", "3", "8", "8"], ["batch", "4"]])
    #expect(model.graph.node.last?.output == ["scores"])
  }

  @Test("name every value once, and read nothing that is not there yet")
  func order() throws {
    let model = try export(ResNet.resNet18(classes: 10))
    var known = Set(model.graph.initializer.map(\.name) + model.graph.input.map(\.name))
    #expect(known.count == model.graph.initializer.count + 1)
    for node in model.graph.node {
      #expect(known.isSuperset(of: node.input), "\(node.name)")
      for output in node.output { #expect(known.insert(output).inserted, "\(output) is made twice") }
    }
    #expect(known.contains("scores"))
  }

  @Test("have one operator for normalization, pooling and means")
  func patterns() throws {
    let large = ImageShape(channels: 3, height: 72, width: 72)
    #expect(
      counts(try export(ResNet.resNet18(classes: 10), input: large)) == [
        "Sub": 1, "Mul": 1, "Conv": 20, "BatchNormalization": 20, "Relu": 17, "MaxPool": 1, "Add": 9,
        "GlobalAveragePool": 1, "Flatten": 1, "MatMul": 1,
      ])
    let layer = FullyConnectedNet(hidden: [6], classes: 4, normalization: .layer)
    #expect(counts(try export(layer))["ReduceMean"] == 2)
  }

  @Test("put padding in ONNX's order")
  func padding() throws {
    let model = try export(OneConvolution())
    let node = try #require(model.graph.node.first { $0.opType == "Conv" })
    // Rows: 2 besides 8, windows of 3 with stride 2: padding 0 above and 1 below; columns, windows of 5: 1
    // left and 2 right.
    #expect(node.attribute.first { $0.name == "pads" }?.ints == [0, 1, 1, 2])
    #expect(node.attribute.first { $0.name == "strides" }?.ints == [2, 2])
  }

  @Test("may be for batches of one size")
  func fixed() throws {
    let model = try export(TwoLayerNet(hidden: 5, classes: 4), batchSize: 3)
    let sizes = (model.graph.input + model.graph.output).map {
      $0.type.tensorType.shape.dim.first?.dimValue
    }
    #expect(sizes == [3, 3])
    #expect(try counts(export(Numbered()))["Range"] == 1)
    // A fixed batch size accepts no other.
    let numbered = try export(Numbered(), batchSize: 3)
    #expect(numbered.graph.initializer.contains { $0.dims == [3] && $0.dataType == 6 })
  }

  @Test("are refused where ONNX has no form, by the layer and its operation")
  func refusals() throws {
    func reason(_ model: some Layer) throws -> String {
      try #require(throws: ExchangeError.self) { try export(model) }.reason
    }
    #expect(
      try reason(
        Sequential {
          Noise(); Dense(4)
        })
        == "'uniform' in layer 0 has no form in ONNX: write that layer with other operations")
    #expect(try reason(CountedDown()).contains("choose one with --batch-size"))
    #expect(try reason(Sequential { Coarse() }).contains("tf32"))
    let other = Checkpoint(initial: TwoLayerNet(hidden: 5, classes: 4), input: Self.batch)
    let error = try #require(throws: ExchangeError.self) {
      try ONNXModel(of: TwoLayerNet(hidden: 6, classes: 4), from: other, input: Self.image)
    }
    #expect(error.reason.contains("'0.weight' as float32[192, 5], but this model needs float32[192, 6]"))
  }

  @Test("round as layers ask for, whatever the run's precision was")
  func precision() throws {
    #expect(counts(try export(Sequential { Coarse(format: .bfloat16) }))["Cast"] == 4)
  }

  @Test("have truth values as such, by operators of logic, and all types of elements")
  func types() throws {
    let model = try export(Logic())
    let counts = counts(model)
    #expect(counts["Less"] == 2 && counts["And"] == 2 && counts["Or"] == 1 && counts["Not"] == 1)
    // Nothing is cast to what a select reads already.
    let casts = model.graph.node.filter { $0.opType == "Cast" }.compactMap { node in
      node.attribute.first { $0.name == "to" }.map { Int($0.i) }
    }
    let types: [ONNXTensorProto.DataType] = [
      .float, .float, .float16, .float, .int32, .int64, .int32, .float,
    ]
    #expect(casts.sorted() == types.map(\.rawValue).sorted())
    #expect(
      model.graph.initializer.contains {
        $0.dataType == Int32(ONNXTensorProto.DataType.int64.rawValue) && $0.dims == [4]
      })
  }
}

private struct Logic: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let scores = Dense(4)(x, in: pass, as: "dense")
    let (small, large) = (scores .< 0.5, 0.25 .< scores)
    let chosen = select(small .& large, scores, 2 * scores)
    let logic = (small .| large).cast(to: .float32) + (small .< large).cast(to: .float32)
    let halves = scores.cast(to: .float16).cast(to: .float32)
    let places = Tensor([Int64(3), 2, 1, 0], shape: [4])
    let whole = select(small, scores.cast(to: .int64), places)
    return chosen + logic + halves + whole.cast(to: .float32)
  }
}

private struct OneConvolution: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let y = Convolution2D(filters: 4, kernel: [3, 5], stride: 2, padding: .same)(x, in: pass, as: "conv")
    return GlobalAveragePool2D()(y, in: pass, as: "mean")
  }
}

private struct Noise: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor { x + pass.uniform(x.shape) }
}

/// Adds the image's index in the batch, which cannot be exported for a variable batch size.
private struct Numbered: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let scores = Dense(4)(x, in: pass, as: "dense")
    return scores + Tensor.indices(x.shape[0]).cast(to: .float32).reshaped([x.shape[0], 1])
  }
}

/// Numbers that are none for a batch of another size.
private struct CountedDown: Layer {
  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let scores = Dense(4)(x, in: pass, as: "dense")
    return scores + Tensor((0..<x.shape[0]).map { Float(-$0) }, shape: [x.shape[0], 1])
  }
}

private struct Coarse: Layer {
  var format = Precision.tf32

  func forward(_ x: Tensor, in pass: Pass) -> Tensor {
    let x = Flatten().forward(x, in: pass)
    return matmul(x, pass.weight("weight", [x.shape[1], 4], fanIn: x.shape[1]), precision: format)
  }
}
