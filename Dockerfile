# Topochef in a box: everything that `make setup` installs; no model, no data, no secret.
#
#   docker build -t topochef .                                      CPU
#   docker build --build-arg BASE_IMAGE=YOUR/CUDA-IMAGE -t topochef .    GPU: a Debian or Ubuntu with
#                                                   Python 3.11; torch's default wheels bring CUDA
#   docker run -v topochef-work:/topochef/work topochef make demo
ARG BASE_IMAGE=debian:bookworm-slim
FROM ${BASE_IMAGE}

# The versions are those of the base's release: bookworm's archive keeps one of each.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates g++ make python3 python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 1000 cook \
    && mkdir -p /topochef/work /models \
    && chown -R cook:cook /topochef /models

USER 1000
WORKDIR /topochef
ENV HF_HOME=/models \
    PIP_NO_CACHE_DIR=1 \
    PYTHONUNBUFFERED=1

# What decides the installed packages comes first: a change of code or words installs nothing.
COPY --chown=cook:cook Makefile constraints.txt pyproject.toml ./
COPY --chown=cook:cook export/llama.cmake export/
RUN mkdir -p base data_prep plugins export kitchen eval && touch LICENSE README.md && make setup

COPY --chown=cook:cook . .

VOLUME ["/topochef/work", "/models"]
CMD ["make", "demo"]
