"""Weights of a torch file are read without torch, and nothing else of it is."""

import hashlib
import io
import pickle
import struct
import sys
import types
from collections import OrderedDict

import numpy as np
import pytest

from vidream.dream.torchfile import MAGIC, PROTOCOL, read_state_dict
from vidream.errors import MediaError


class Storage:
    def __init__(self, key: str, values: np.ndarray) -> None:
        self.key, self.values = key, values


class Tensor:
    def __init__(self, storage, offset, shape, strides) -> None:
        self.parts = storage, offset, shape, strides

    def __reduce__(self):
        return sys.modules["torch._utils"]._rebuild_tensor_v2, (*self.parts, False, OrderedDict())


@pytest.fixture
def torch_names(monkeypatch):
    """Stand-ins under torch's names, so that a pickle refers to them as torch's own would."""

    def _rebuild_tensor_v2(*_):
        raise AssertionError("only its name is used")

    _rebuild_tensor_v2.__module__, _rebuild_tensor_v2.__qualname__ = "torch._utils", "_rebuild_tensor_v2"
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")
    for name in ("FloatStorage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    vars(utils)["_rebuild_tensor_v2"] = _rebuild_tensor_v2
    vars(torch)["_utils"] = utils
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)
    return torch


def written(torch, state: dict, storages: list[Storage], magic: int = MAGIC) -> bytes:
    """The legacy format, from its description."""

    class Pickler(pickle.Pickler):
        def persistent_id(self, thing):
            if isinstance(thing, Storage):
                kind = torch.FloatStorage if thing.values.dtype == np.float32 else torch.LongStorage
                return "storage", kind, thing.key, "cpu", thing.values.size
            return None

    file = io.BytesIO()
    for head in (magic, PROTOCOL, {"little_endian": True}):
        pickle.dump(head, file, 2)
    Pickler(file, 2).dump(OrderedDict(state))
    pickle.dump([storage.key for storage in storages], file, 2)
    for storage in storages:
        file.write(struct.pack("<q", storage.values.size) + storage.values.tobytes())
    return file.getvalue()


def test_tensors_come_back_as_they_were_written(tmp_path, torch_names):
    floats = Storage("1", np.arange(24, dtype=np.float32))
    longs = Storage("2", np.array([5, 6], np.int64))
    state = {
        "a": Tensor(floats, 0, (2, 3, 4), (12, 4, 1)),
        "turned": Tensor(floats, 4, (3, 2), (1, 3)),
        "scalar": Tensor(longs, 1, (), ()),
    }
    path = tmp_path / "weights.pth"
    path.write_bytes(written(torch_names, state, [floats, longs]))
    read = read_state_dict(path)
    np.testing.assert_array_equal(read["a"], np.arange(24, dtype=np.float32).reshape(2, 3, 4))
    np.testing.assert_array_equal(read["turned"], [[4, 7], [5, 8], [6, 9]])
    assert read["scalar"] == 6
    assert read["scalar"].dtype == np.int64


class Hostile:
    def __init__(self, target, *arguments) -> None:
        self.target, self.arguments = target, arguments

    def __reduce__(self):
        return self.target, self.arguments


@pytest.mark.parametrize("place", range(5))
def test_a_pickle_that_would_run_code_is_refused_in_every_place(tmp_path, torch_names, place):
    planted = tmp_path / "planted"
    bombs = [b"", b"", b"", b"", b""]
    bombs[place] = pickle.dumps(Hostile(open, str(planted), "w"), 2)
    honest = [pickle.dumps(part, 2) for part in (MAGIC, PROTOCOL, {}, OrderedDict(), [])]
    path = tmp_path / "weights.pth"
    path.write_bytes(b"".join(bomb or part for bomb, part in zip(bombs, honest, strict=True)))
    with pytest.raises(MediaError, match="refused as weights: it asks for"):
        read_state_dict(path)
    assert not planted.exists()


@pytest.mark.parametrize("name", [b"cos\nsystem\n", b"ctorch\nDoubleStorage\n", b"ccollections\ndefaultdict\n"])
def test_only_the_four_names_are_known(tmp_path, name):
    path = tmp_path / "weights.pth"
    path.write_bytes(name + b".")
    with pytest.raises(MediaError, match="it asks for"):
        read_state_dict(path)


def test_a_tensor_outside_its_data_is_refused(tmp_path, torch_names):
    floats = Storage("1", np.arange(4, dtype=np.float32))
    for shape, strides, offset in (
        ((5,), (1,), 0),
        ((2, 2), (1000, 1), 0),
        ((2,), (-1,), 1),
        ((1,), (1,), 4),
        ((9,), (0,), 0),
        ((2,), (2**62,), 0),
    ):
        path = tmp_path / "weights.pth"
        path.write_bytes(written(torch_names, {"a": Tensor(floats, offset, shape, strides)}, [floats]))
        with pytest.raises(MediaError, match="not weights"):
            read_state_dict(path)


def test_damage_is_told(tmp_path, torch_names):
    floats = Storage("1", np.arange(4, dtype=np.float32))
    whole = written(torch_names, {"a": Tensor(floats, 0, (4,), (1,))}, [floats])
    path = tmp_path / "weights.pth"
    path.write_bytes(whole)
    with pytest.raises(MediaError, match="SHA-256 begins"):
        read_state_dict(path, "00000000")
    digest = hashlib.sha256(whole).hexdigest()
    assert list(read_state_dict(path, digest)) == ["a"]
    with pytest.raises(MediaError, match="SHA-256 begins"):  # all of it counts, not how it begins
        read_state_dict(path, digest[:8])
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        with pytest.raises(MediaError):
            read_state_dict(path)
    path.write_bytes(written(torch_names, {}, [], magic=1))
    with pytest.raises(MediaError, match="magic"):
        read_state_dict(path)
    with pytest.raises(MediaError, match="cannot be read"):
        read_state_dict(tmp_path / "none.pth")
