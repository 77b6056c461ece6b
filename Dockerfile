# Images of vidream, from a checkout of it:
#
#   docker build --target cpu -t vidream .
#   docker run --rm --init -u "$(id -u):$(id -g)" -v "$PWD:/films" vidream video clip.mp4
#
#   docker build --target cuda -t vidream:cuda .       for an Nvidia GPU; run it with --gpus all
#   docker build --target ray -t REGISTRY/vidream:0.3.0 .    for the pods of a cluster under KubeRay: docs/farm.md
#
# How far it was tried: hadolint finds nothing but versions of Debian's packages that are left open. The steps of `build`
# and `cpu` with pip were carried out by hand on the same Debian, with Python 3.11, of the files that .dockerignore lets
# through, and a film was made by a user without a home. No image was built, for want of Docker; cuda and ray were not
# tried at all.
#
# An image has the ffmpeg that vidream starts, which is under the GPL, and cuda has libraries of NVIDIA's: before you pass
# one on, read docs/licences.md.

ARG PYTHON=3.12
# that of docs/farm/*.yaml, too
ARG RAY=2.60.0

# The wheel, with the native part for any processor of this kind.
FROM python:${PYTHON}-slim-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends cmake g++ ninja-build \
    && rm -rf /var/lib/apt/lists/*
COPY . /src
RUN VIDREAM_NATIVE=require pip wheel --no-cache-dir --no-deps --wheel-dir /wheels /src

FROM python:${PYTHON}-slim-bookworm AS base
# what OpenCV's wheel wants of the system
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /wheels /wheels
# anybody may run it (-u), and what is compiled for songs is kept in its home
ENV HOME=/home/vidream
RUN useradd --create-home --home-dir "$HOME" vidream && chmod 1777 "$HOME"
WORKDIR /films
ENTRYPOINT ["vidream"]

FROM base AS cuda
RUN pip install --no-cache-dir "$(echo /wheels/*.whl)[cuda]" && vidream --version
ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
USER vidream

# Ray's own image has what KubeRay asks of a pod.
FROM rayproject/ray:${RAY}-py312 AS ray
USER root
RUN apt-get update \
    && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /wheels /wheels
USER ray
RUN pip install --no-cache-dir /wheels/*.whl && vidream --version

# The last one is what `docker build .` makes.
FROM base AS cpu
RUN pip install --no-cache-dir /wheels/*.whl && vidream --version
USER vidream
