"""Gradients with respect to what layers and models own are never said to be None where they are not."""

from textwrap import dedent

import pytest
from tfgrad_lint import lint_source

PROGRAMS = {
    "a layer's variables": """
        dense = tf.keras.layers.Dense(3)
        x = tf.ones([4, 2])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(dense(x) ** 2)
        a = tape.gradient(loss, dense.trainable_variables)
    """,
    "a layer's kernel": """
        dense = tf.keras.layers.Dense(3)
        x = tf.ones([4, 2])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(dense(x) ** 2)
        a, b = tape.gradient(loss, [dense.kernel, dense.bias])
    """,
    "weights made in build": """
        class Linear(tf.keras.layers.Layer):
            def build(self, input_shape):
                self.w = self.add_weight(shape=(input_shape[-1], 3))

            def call(self, x):
                return x @ self.w

        layer = Linear()
        x = tf.ones([4, 2])
        with tf.GradientTape(persistent=True) as tape:
            loss = tf.reduce_sum(layer(x) ** 2)
        a = tape.gradient(loss, layer.w)
        b = tape.gradient(loss, layer.trainable_weights)
    """,
    "weights made in build, inside a functional model": """
        class Linear(tf.keras.layers.Layer):
            def build(self, input_shape):
                self.w = self.add_weight(shape=(input_shape[-1], 3))

            def call(self, x):
                return x @ self.w

        layer = Linear()
        inputs = tf.keras.Input(shape=(2,))
        model = tf.keras.Model(inputs, layer(inputs))
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(tf.ones([4, 2])) ** 2)
        a = tape.gradient(loss, layer.w)
    """,
    "a variable inside a Lambda": """
        w = tf.Variable(2.0)
        model = tf.keras.Sequential([tf.keras.layers.Lambda(lambda x: x * w), tf.keras.layers.Dense(1)])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(tf.ones([4, 2])))
        a = tape.gradient(loss, w)
    """,
    "the input of a model": """
        inputs = tf.keras.Input(shape=(7, 5))
        model = tf.keras.Model(inputs, tf.keras.layers.GRU(3)(inputs))
        x = tf.random.normal([4, 7, 5])
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_mean(model(x))
        a = tape.gradient(loss, x)
    """,
    "a training step on a dataset": """
        (x, y), _ = tf.keras.datasets.mnist.load_data()
        data = tf.data.Dataset.from_tensor_slices((x / 255.0, y)).batch(32)
        model = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(10)])
        measure = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        optimizer = tf.keras.optimizers.Adam()
        for images, labels in data:
            with tf.GradientTape() as tape:
                loss = measure(labels, model(images, training=True))
            gradients = tape.gradient(loss, model.trainable_variables)
            optimizer.apply_gradients(zip(gradients, model.trainable_variables))
    """,
    "a gradient penalty": """
        critic = tf.keras.Sequential([tf.keras.layers.Flatten(), tf.keras.layers.Dense(1)])

        def penalty(images):
            with tf.GradientTape() as tape:
                tape.watch(images)
                scores = critic(images)
            gradients = tape.gradient(scores, images)
            norms = tf.norm(tf.reshape(gradients, [tf.shape(gradients)[0], -1]), axis=1)
            return tf.reduce_mean((norms - 1.0) ** 2)

        with tf.GradientTape() as outer:
            loss = penalty(tf.random.normal([4, 8, 8, 3]))
        a = outer.gradient(loss, critic.trainable_variables)
    """,
    "weights of which only some are trained": """
        encoder = tf.keras.Sequential([tf.keras.layers.Dense(4)])
        head = tf.keras.layers.Dense(1)

        class Both(tf.keras.Model):
            def __init__(self):
                super().__init__()
                self.encoder, self.head = encoder, head

        both = Both()
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(head(tf.round(encoder(tf.ones([2, 3])))))
        a = tape.gradient(loss, both.trainable_variables)
    """,
    "a penalty on weights that a function is given": """
        model = tf.keras.Sequential([tf.keras.layers.Dense(4)])

        def penalty(weights):
            with tf.GradientTape() as tape:
                loss = tf.add_n([tf.reduce_sum(weight**2) for weight in weights])
            return tape.gradient(loss, model.trainable_variables)
    """,
    "layers in a list, a dict and another object": """
        class Block:
            def __init__(self):
                self.layers = {"first": tf.keras.layers.Dense(3), "others": [tf.keras.layers.Dense(2)]}

        class Net(tf.keras.Model):
            def __init__(self):
                super().__init__()
                self.block = Block()
                self.scale = tf.Variable(1.0)

            def call(self, x):
                x = self.block.layers["first"](x)
                for layer in self.block.layers["others"]:
                    x = layer(x)
                return x

        net = Net()
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(net(tf.ones([2, 3])) ** 2)
        a = tape.gradient(loss, net.trainable_variables)
    """,
    "a layer that unknown code put into the model": """
        import helpers

        class Net(tf.keras.Model):
            def __init__(self):
                super().__init__()
                helpers.add_layers(self)

            def call(self, x):
                return self.dense(x)

        net = Net()
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(net(tf.ones([2, 3])) ** 2)
        a = tape.gradient(loss, net.trainable_variables)
    """,
    "a layer under a computed name": """
        class Net(tf.keras.Model):
            def __init__(self, depth):
                super().__init__()
                for i in range(depth):
                    setattr(self, f"dense_{i}", tf.keras.layers.Dense(3))

            def call(self, x):
                for i in range(5):
                    x = getattr(self, f"dense_{i}")(x)
                return x

        net = Net(5)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(net(tf.ones([2, 3])) ** 2)
        a = tape.gradient(loss, net.trainable_variables)
    """,
    "a property of the user's own": """
        class Net(tf.keras.Model):
            def __init__(self, body):
                super().__init__()
                self.head = tf.keras.layers.Dense(1)
                self.frozen = tf.keras.layers.Dense(2)

            @property
            def trainable_variables(self):
                return self.head.trainable_variables

            def call(self, x):
                return self.head(x)

        net = Net(None)
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(net(tf.ones([2, 3])) ** 2)
        a = tape.gradient(loss, net.trainable_variables)
    """,
    "two networks against each other": """
        class Critic(tf.keras.Model):
            def __init__(self):
                super().__init__()
                self.body = [tf.keras.layers.Dense(n, activation="relu") for n in (8, 4)]
                self.out = tf.keras.layers.Dense(1)

            def call(self, x):
                for layer in self.body:
                    x = layer(x)
                return self.out(x)

        generator, critic = tf.keras.Sequential([tf.keras.layers.Dense(5)]), Critic()
        with tf.GradientTape() as g_tape, tf.GradientTape() as c_tape:
            fake = generator(tf.random.normal([6, 3]))
            g_loss = -tf.reduce_mean(critic(fake))
            c_loss = tf.reduce_mean(critic(fake)) - tf.reduce_mean(critic(tf.ones([6, 5])))
        a = g_tape.gradient(g_loss, generator.trainable_variables)
        b = c_tape.gradient(c_loss, critic.trainable_variables)
    """,
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_nothing_is_reported_where_every_gradient_exists(name: str):
    source = "import tensorflow as tf\n" + dedent(PROGRAMS[name])
    assert [(finding.span.line, finding.code, finding.message) for finding in lint_source(source)] == []


def test_a_variable_that_no_layer_reads_is_reported_beside_a_model():
    source = dedent("""
        import tensorflow as tf

        w = tf.Variable(2.0)
        model = tf.keras.Sequential([tf.keras.layers.Dense(3)])
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(model(tf.ones([4, 2])))
        a = tape.gradient(loss, w)
    """)
    assert [(finding.span.line, finding.code) for finding in lint_source(source)] == [(8, "TFG302")]
