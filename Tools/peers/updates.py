"""The optimizers, for peers without their own. They work on arrays of any library with numpy's arithmetic."""


def initial(rule, parameters, zeros_like):
    """The optimizer state of each parameter, and the number of steps."""
    moments = {"sgd": 0, "momentum": 1, "adam": 2}[rule]
    return [{name: zeros_like(value) for name, value in parameters.items()} for _ in range(moments)], 0


def updated(rule, parameters, gradients, memory, sqrt, rate=1e-3):
    moments, step = memory
    step = step + 1
    if rule == "sgd":
        return {name: w - rate * gradients[name] for name, w in parameters.items()}, (moments, step)
    if rule == "momentum":
        velocity = {name: 0.9 * v + gradients[name] for name, v in moments[0].items()}
        return {name: w - rate * velocity[name] for name, w in parameters.items()}, ([velocity], step)
    mean = {name: 0.9 * m + 0.1 * gradients[name] for name, m in moments[0].items()}
    square = {name: 0.999 * v + 0.001 * gradients[name] ** 2 for name, v in moments[1].items()}
    corrections = 1 - 0.9 ** step, 1 - 0.999 ** step

    def next_value(name, w):
        return w - rate * (mean[name] / corrections[0]) / (sqrt(square[name] / corrections[1]) + 1e-8)

    return {name: next_value(name, w) for name, w in parameters.items()}, ([mean, square], step)
