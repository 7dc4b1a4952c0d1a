# The one image of SageMaker jobs, endpoints and the console. Wheels only, each held to its hash.
FROM python:3.11.14-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
# strip, and what LightGBM needs when it is loaded once without symbols.
RUN apt-get update && apt-get install --yes --no-install-recommends binutils libgomp1
WORKDIR /source
COPY requirements/image.txt requirements/
COPY docker/install docker/lighten.py docker/unread docker/
RUN sh docker/install packages /opt/leadwise
COPY pyproject.toml LICENSE ./
COPY ml ml
RUN sh docker/install ours /opt/leadwise

FROM python:3.11.14-slim-bookworm
# LightGBM and XGBoost compute in threads through it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --user-group --home-dir /tmp leadwise
COPY --from=build /opt/leadwise /opt/leadwise
COPY --chmod=755 docker/entrypoint /usr/local/bin/entrypoint
# The file system may be read-only: everything is written below /tmp or where SageMaker mounts.
ENV PATH=/opt/leadwise/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PYTHONPYCACHEPREFIX=/opt/leadwise/bytecode MPLCONFIGDIR=/tmp HOME=/tmp
# Fargate gives a mounted folder the owner and rights that it has here.
VOLUME /tmp
# It starts as root because SageMaker's folders are root's; the entry point gives them to leadwise
# and goes on as leadwise. Where nothing is mounted, start it as user 10001.
EXPOSE 8080
ENTRYPOINT ["entrypoint"]
CMD ["serve"]
