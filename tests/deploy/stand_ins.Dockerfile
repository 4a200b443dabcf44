# Stand in for official images where no registry can be asked: Debian's packages, under the same names, with the
# paths, the users and the commands that deploy/compose.yaml relies on. There is no Grafana in Debian.
ARG BASE
FROM ${BASE} AS programs
RUN printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d \
 && apt-get -q update \
 && DEBIAN_FRONTEND=noninteractive apt-get -qy install --no-install-recommends rabbitmq-server haproxy prometheus \
 && mkdir /packages && cd /packages && apt-get -q download docker-compose && dpkg -x docker-compose_*.deb /packages \
 && install -d -o prometheus /prometheus

FROM programs AS rabbitmq
ENV HOME=/var/lib/rabbitmq
USER rabbitmq
CMD ["/usr/lib/rabbitmq/bin/rabbitmq-server"]

FROM programs AS haproxy
USER haproxy
STOPSIGNAL SIGUSR1
CMD ["haproxy", "-W", "-db", "-f", "/usr/local/etc/haproxy/haproxy.cfg"]

FROM programs AS prometheus
USER prometheus
CMD ["prometheus", "--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
