"""What TensorFlow finds to compute with, beside the processor."""


def count_gpus() -> int:
    """How many GPUs TensorFlow can use here. It is imported for the answer."""
    from vidream.dream.runtime import prepare, tf

    prepare()
    return len(tf.config.list_physical_devices("GPU"))
