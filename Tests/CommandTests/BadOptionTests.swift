import TestSupport
import Testing

/// A command that has to be refused.
struct BadInput: Sendable, CustomTestStringConvertible {
  let line: String
  let code: Int32
  let words: [String]

  init(_ line: String, _ code: Int32, _ words: String...) {
    (self.line, self.code, self.words) = (line, code, words)
  }

  var testDescription: String { "lemnos \(line)" }
}

@Suite("A wrong option")
struct BadOptionTests {
  static let rows: [BadInput] = [
    BadInput("trian", 64, "trian"),
    BadInput("train --epoch 3", 64, "'--epoch'", "Did you mean '--epochs'?"),
    BadInput("train --modle x", 64, "Did you mean '--model'?"),
    BadInput("train --model two-layer-nett", 64, "Did you mean 'two-layer-net'?", "fully-connected-net"),
    BadInput("train --model fully-connected", 64, "two-layer-net", "fully-connected-net"),
    BadInput("train --backend vulcan", 64, "Did you mean 'vulkan'?"),
    BadInput("train --backend opencl", 64, "auto, cpu, vulkan"),
    BadInput("train --optimizer sgdd", 64, "Did you mean 'sgd'?"),
    BadInput("train --normalize standardised", 64, "Did you mean 'standardized'?"),
    BadInput("train --backend cpu --device 0", 64, "--device", "CPU"),
    BadInput("train --batch-size 0", 64, "batch size is 0", "at least 1"),
    BadInput("train --batch-size -3", 64, "batch size is -3"),
    BadInput("train --batch-size 5401", 64, "batch size 5401", "5400"),
    BadInput("train --batch-size 9223372036854775807", 64, "batch size", "5400"),
    BadInput("train --batch-size many", 64, "'many'", "--batch-size"),
    BadInput("train --batch-size 2.5", 64, "'2.5'", "--batch-size"),
    BadInput("train --learning-rate -0.1", 64, "learning rate is -0.1", "above 0"),
    BadInput("train --learning-rate 0", 64, "learning rate is 0.0"),
    BadInput("train --learning-rate nan", 64, "learning rate is nan"),
    BadInput("train --learning-rate inf", 64, "learning rate is inf"),
    BadInput("train --lr-decay -1", 64, "decay is -1.0", "above 0"),
    BadInput("train --lr-decay 0", 64, "decay is 0.0"),
    BadInput("train --lr-decay nan", 64, "decay is nan"),
    BadInput("train --lr-decay inf", 64, "decay is inf"),
    BadInput("train --schedule cosin", 64, "Did you mean 'cosine'?", "one-cycle"),
    BadInput("train --schedule cosine --lr-decay 0.5", 64, "--lr-decay", "decay or step"),
    BadInput("train --schedule cosine --epochs 9223372036854775807", 64, "epochs"),
    BadInput("train --schedule one-cycle --epochs 0", 64, "epochs is 0", "from 1 to"),
    BadInput("train --schedule step --epochs -1", 64, "epochs is -1"),
    BadInput("train --lr-milestones 3", 64, "--schedule step only"),
    BadInput("train --schedule step --lr-milestones 3 --lr-every 2", 64, "not both"),
    BadInput("train --schedule step --lr-milestones 3,,4", 64, "'3,,4'", "list of epochs"),
    BadInput("train --schedule step --lr-milestones 0", 64, "after 0 epochs", "from 1 to"),
    BadInput("train --schedule step --lr-milestones 9999999999", 64, "after 9999999999 epochs"),
    BadInput("train --schedule step --lr-every -2", 64, "after -2 epochs"),
    BadInput("train --warmup-epochs -1", 64, "warm-up takes -1 epochs", "from 0 to"),
    BadInput("train --warmup-epochs 9999999999", 64, "warm-up takes 9999999999 epochs"),
    BadInput("train --schedule one-cycle --warmup-epochs 2", 64, "warm-up of its own"),
    BadInput("train --weight-decay 0.1", 64, "--optimizer adamw", "--reg"),
    BadInput("train --optimizer adamw --weight-decay -1", 64, "weight decay is -1.0"),
    BadInput("train --optimizer adamw --weight-decay nan", 64, "weight decay is nan"),
    BadInput("train --clip-norm 0", 64, "norm of 0.0", "above 0"),
    BadInput("train --clip-norm inf", 64, "norm of inf"),
    BadInput("train --label-smoothing 1", 64, "label smoothing is 1.0", "from 0 up to 1"),
    BadInput("train --label-smoothing nan", 64, "label smoothing is nan"),
    BadInput("train --precision fp8", 64, "'fp8' is unknown", "float32, tf32, bf16, fp16"),
    BadInput("train --precision bf17", 64, "Did you mean 'bf16'?"),
    BadInput("evaluate --checkpoint old/last.safetensors --precision half", 64, "'half' is unknown"),
    BadInput("train --reg -1", 64, "regularization is -1.0", "not negative"),
    BadInput("train --reg nan", 64, "regularization is nan"),
    BadInput("train --reg inf", 64, "regularization is inf"),
    BadInput("train --weight-scale -1", 64, "weight scale is -1.0"),
    BadInput("train --weight-scale 0", 64, "weight scale is 0.0"),
    BadInput("train --weight-scale nan", 64, "weight scale is nan"),
    BadInput("train --weight-scale inf", 64, "weight scale is inf"),
    BadInput("train --hidden 0", 64, "'0'", "layer sizes"),
    BadInput("train --hidden -5", 64, "--hidden"),
    BadInput("train --hidden 20,,10", 64, "'20,,10'"),
    BadInput("train --hidden 20,10", 64, "one hidden layer, not 2", "--model fully-connected-net"),
    BadInput("train --hidden 99999999999999999", 64, "hidden"),
    BadInput("train --hidden 1000000000000", 64, "hidden"),
    BadInput("train --model resnet19", 64, "Did you mean 'resnet18'?"),
    BadInput("train --model resnet20 --hidden 20", 64, "resnet20 has no hidden layers", "leave --hidden out"),
    BadInput("train --model vgg11 --dropout 0.5", 64, "vgg11", "--model fully-connected-net"),
    BadInput("train --model resnet50 --normalization batch", 64, "resnet50", "--model fully-connected-net"),
    BadInput("gradcheck --model resnet18", 64, "too many parameters", "--layer basic-block"),
    BadInput("gradcheck --model resnet50", 64, "--layer bottleneck"),
    BadInput("gradcheck --model vgg16", 64, "--layer conv-norm-relu"),
    BadInput("train --epochs 0", 64, "epochs is 0", "from 1 to"),
    BadInput("train --epochs -1", 64, "epochs is -1"),
    BadInput("train --epochs 9223372036854775807", 64, "epochs"),
    BadInput("train --train-samples 0", 64, "0 training samples", "5400"),
    BadInput("train --train-samples -1", 64, "-1 training samples"),
    BadInput("train --train-samples 5401", 64, "5401 training samples", "5400"),
    BadInput("train --validation -0.1", 64, "validation set is -0.1"),
    BadInput("train --validation 1.5", 64, "validation set is 1.5"),
    BadInput("train --validation nan", 64, "validation set is nan"),
    BadInput("train --validation 1e300", 64, "validation"),
    BadInput("train --validation 6000", 65, "6,000 validation images", "none to train on"),
    BadInput("train --validation 6001", 65, "6,001 validation images", "6,000"),
    BadInput("train --seed -1", 64, "'-1'", "--seed"),
    BadInput("train --print-every 0", 64, "--print-every", "at least 1"),
    BadInput("train --out old", 73, "old exists already", "--resume old/last.safetensors"),
    BadInput("train --out old/", 73, "old", "exists already"),
    BadInput("train --out file", 73, "file exists already"),
    BadInput("train --out file/below", 73, "file", "cannot be made"),
    BadInput("train --backend vulkan --device 99", 69, "Vulkan"),
    BadInput("evaluate", 64, "--checkpoint"),
    BadInput("gradcheck --model two-layer-nett", 64, "Did you mean 'two-layer-net'?"),
    BadInput("gradcheck --hidden 0", 64, "'0'", "layer sizes"),
    BadInput("gradcheck --hidden 3,4", 64, "one hidden layer, not 2"),
    BadInput("gradcheck --backend vulcan", 64, "Did you mean 'vulkan'?"),
    BadInput("gradcheck --backend auto", 64, "cpu, reference, vulkan"),
    BadInput("gradcheck --backend reference --device 0", 64, "--device", "CPU"),
    BadInput("gradcheck --device 99", 69, "Vulkan"),
    BadInput("gradcheck --reg nan", 64, "regularization is nan"),
    BadInput("gradcheck --reg -1", 64, "regularization is -1.0"),
    BadInput("summary", 64, "two-layer-net|"),
    BadInput("summary resnet19", 64, "Did you mean 'resnet18'?"),
    BadInput("summary resnet18 --hidden 5", 64, "resnet18 has no hidden layers"),
    BadInput("summary resnet18 --input 3x32", 64, "'3x32'", "3x32x32"),
    BadInput("summary resnet18 --input 0x32x32", 64, "'0x32x32'"),
    BadInput("summary resnet18 --input 99999999999x99999999999x9", 64, "no size of images"),
    BadInput("summary resnet18 --input 3x32x32 --data cifar10", 64, "--data or --input, not both"),
    BadInput("summary resnet18 --classes 5", 64, "--classes goes with --input"),
    BadInput("summary resnet18 --input 3x32x32 --classes 0", 64, "--classes is 0"),
    BadInput("summary resnet18 --input 3x32x32 --batch-size 0", 64, "batch size is 0", "from 1 to"),
    BadInput("summary resnet18 --data nothing", 66, "nothing"),
    BadInput("summary three-layer-convnet --input 3x1x1", 65, "maxPool2D", "1×1"),
    BadInput("train --recompute block", 64, "Did you mean 'blocks'?"),
    BadInput("train --recompute blocks", 64, "two-layer-net has no blocks", "a VGG or a ResNet"),
    BadInput("plan --model two-layer-nett", 64, "Did you mean 'two-layer-net'?"),
    BadInput("plan --batch-size 5401", 64, "batch size 5401", "5400"),
    BadInput("plan --batch-size 0", 64, "batch size is 0"),
    BadInput("plan --input 3x8x8 --batch-size 0", 64, "batch size is 0", "from 1 to"),
    BadInput("plan --input 3x8x8 --data cifar10", 64, "--data or --input, not both"),
    BadInput("plan --input 3x8x8 --train-samples 5", 64, "--train-samples", "one batch"),
    BadInput("plan --classes 5", 64, "--classes goes with --input"),
    BadInput("plan --train-samples 5401", 64, "5401 training samples", "5400"),
    BadInput("plan --validation 6000", 65, "6,000 validation images", "none to train on"),
    BadInput("plan --learning-rate nan", 64, "learning rate is nan"),
    BadInput("plan --data nothing", 66, "nothing"),
    BadInput("plan --backend vulkan --device 99", 69, "Vulkan"),
    BadInput("plan --model three-layer-convnet --input 3x1x1", 65, "maxPool2D", "1×1"),
    BadInput("train --plan", 64, "--plan"),
    BadInput("profile --steps 0", 64, "--steps is 0", "from 1 to 1000"),
    BadInput("profile --steps -1", 64, "--steps is -1"),
    BadInput("profile --step 3", 64, "Did you mean '--steps'?"),
    BadInput("profile --model two-layer-nett", 64, "Did you mean 'two-layer-net'?"),
    BadInput("profile --hidden 20,10", 64, "one hidden layer, not 2"),
    BadInput("profile --precision bf17", 64, "Did you mean 'bf16'?"),
    BadInput("profile --weight-decay 0.1", 64, "--optimizer adamw"),
    BadInput("profile --batch-size 5401", 64, "batch size 5401", "5400"),
    BadInput("profile --backend vulkan --device 99", 69, "Vulkan"),
    BadInput("profile --data nothing --out new", 66, "nothing"),
    BadInput("profile --out old", 73, "old exists already"),
    BadInput("data fetch cifar1", 64, "Did you mean 'cifar10'?", "fashion-mnist, mnist"),
    BadInput("data fetch", 64, "<name>"),
    BadInput("data show nothing", 66, "nothing", "fashion-mnist-small"),
  ]

  @Test("gets one clear sentence", arguments: rows)
  func refusal(_ input: BadInput) throws {
    let folder = try TemporaryFolder()
    try folder.write("a user's own".utf8, as: "old/last.safetensors")
    try folder.write("a user's own".utf8, as: "file")
    try folder.expectRefusal(input.line, code: input.code, words: input.words)
  }

  @Test("--backend vulkan says that there is no driver")
  func noDriver() throws {
    try TemporaryFolder().expectRefusal(
      "train --backend vulkan", code: 69, words: ["Vulkan"],
      environment: ["VK_DRIVER_FILES": "/nonexistent", "VK_ICD_FILENAMES": "/nonexistent"])
  }
}
