# The Debian package: `scripts/build release deb` makes build/release/postern_VERSION_ARCH.deb (and
# a package with the debug symbols). The version is project()'s; what is not a program is in
# packaging/ and conf/. Everything belongs to one component of its own, so that a plain install
# of the build tree never writes to /etc.
find_program(DPKG_SHLIBDEPS dpkg-shlibdeps)
find_package(Python3 COMPONENTS Interpreter)
if(NOT DPKG_SHLIBDEPS OR NOT Python3_FOUND)
    message(STATUS "No dpkg-shlibdeps or no Python: there is no target deb")
    return()
endif()

set(packaging ${CMAKE_SOURCE_DIR}/packaging)
set(package_made ${CMAKE_BINARY_DIR}/package)

# Manual pages and completions from the program itself and from the commented configuration.
file(GLOB package_generators CONFIGURE_DEPENDS ${packaging}/generate/*.py)
add_custom_command(
    OUTPUT ${package_made}/done
    COMMAND
        ${Python3_EXECUTABLE} ${packaging}/generate/run.py --postern $<TARGET_FILE:postern>
        --configuration ${CMAKE_SOURCE_DIR}/conf/postern.toml
        --changelog ${packaging}/debian/changelog --version ${PROJECT_VERSION} --out ${package_made}
    COMMAND ${CMAKE_COMMAND} -E touch ${package_made}/done
    DEPENDS
        postern ${package_generators} ${CMAKE_SOURCE_DIR}/conf/postern.toml
        ${packaging}/debian/changelog
    COMMENT "Writing manual pages and completions"
    VERBATIM
)
add_custom_target(package_files DEPENDS ${package_made}/done)
add_custom_target(
    deb
    COMMAND ${CMAKE_CPACK_COMMAND} --config ${CMAKE_BINARY_DIR}/CPackConfig.cmake -G DEB
    DEPENDS package_files
    WORKING_DIRECTORY ${CMAKE_BINARY_DIR}
    COMMENT "Making the Debian package"
    VERBATIM
)

function(into_package destination)
    install(FILES ${ARGN} DESTINATION ${destination} COMPONENT deb EXCLUDE_FROM_ALL)
endfunction()
install(TARGETS postern RUNTIME DESTINATION usr/bin COMPONENT deb EXCLUDE_FROM_ALL)
into_package(lib/systemd/system ${CMAKE_SOURCE_DIR}/conf/postern.service)
into_package(usr/share/doc/postern/examples ${CMAKE_SOURCE_DIR}/conf/postern.toml)
into_package(
    usr/share/doc/postern/examples/monitoring
    ${packaging}/monitoring/alerts.yml ${packaging}/monitoring/grafana.json
)
into_package(
    usr/share/doc/postern
    ${packaging}/debian/copyright ${packaging}/debian/README.Debian
    ${package_made}/changelog.Debian.gz
)
into_package(usr/share/man/man1 ${package_made}/postern.1.gz)
into_package(usr/share/man/man5 ${package_made}/postern.toml.5.gz)
into_package(usr/share/bash-completion/completions ${package_made}/bash/postern)
into_package(usr/share/zsh/vendor-completions ${package_made}/zsh/_postern)
into_package(usr/share/fish/vendor_completions.d ${package_made}/fish/postern.fish)
into_package(usr/share/lintian/overrides ${packaging}/debian/lintian/postern)
into_package(etc/apparmor.d ${packaging}/apparmor/postern)
# Closed from the first moment; postinst gives both to the group postern.
install(DIRECTORY DESTINATION etc/postern COMPONENT deb EXCLUDE_FROM_ALL
        DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE)
install(FILES ${packaging}/debian/postern.toml DESTINATION etc/postern COMPONENT deb
        EXCLUDE_FROM_ALL PERMISSIONS OWNER_READ OWNER_WRITE GROUP_READ)

set(CPACK_GENERATOR DEB)
set(CPACK_INSTALL_CMAKE_PROJECTS "${CMAKE_BINARY_DIR};postern;deb;/")
set(CPACK_PACKAGING_INSTALL_PREFIX /)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
    OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_BINARY_DIR})
set(CPACK_PACKAGE_NAME postern)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_VENDOR Postern)
set(CPACK_PACKAGE_CONTACT "Postern maintainers <maintainers@postern.invalid>" CACHE STRING
    "who answers for the package, as Debian's Maintainer field says it")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "SMTP filtering gateway that holds doubtful mail")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Postern stands in front of a mail server as its MX. It takes mail over SMTP,
decides for every recipient, passes good mail straight through, and holds
doubtful mail until the person it was meant for releases, rejects or reports
it in a web portal.
.
The service is not started before an administrator has written its
configuration.")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_SECTION mail)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, debconf (>= 0.5) | debconf-2.0, tzdata")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "ca-certificates")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "apparmor")
set(CPACK_DEBIAN_DEBUGINFO_PACKAGE ON)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${packaging}/debian/postinst ${packaging}/debian/prerm ${packaging}/debian/postrm
    ${packaging}/debian/templates ${packaging}/debian/conffiles
)
include(CPack)
