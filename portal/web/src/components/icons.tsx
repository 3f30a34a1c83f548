// Line icons on a 20-unit grid. They are decoration: whatever uses one says in words what it means.
import type { ComponentChildren, JSX } from "preact";

function icon(shape: ComponentChildren) {
  return function Icon({ size = 20 }: { size?: number }): JSX.Element {
    return (
      <svg
        class="icon"
        width={size}
        height={size}
        viewBox="0 0 20 20"
        fill="none"
        stroke="currentColor"
        stroke-width="1.6"
        stroke-linecap="round"
        stroke-linejoin="round"
        aria-hidden="true"
        focusable="false"
      >
        {shape}
      </svg>
    );
  };
}

/** Arrows that point along the line of reading turn round with it. */
function pointing(shape: ComponentChildren) {
  const Shape = icon(shape);
  return function PointingIcon({ size = 20 }: { size?: number }): JSX.Element {
    return (
      <span class="pointing">
        <Shape size={size} />
      </span>
    );
  };
}

export const HomeIcon = icon(<path d="M3 9.2L10 3.5l7 5.7V16.5h-4.6v-4.6H7.6v4.6H3z" />);
export const AccountIcon = icon(
  <>
    <circle cx="10" cy="7" r="3.2" />
    <path d="M3.8 17c.4-3.4 2.9-5.3 6.2-5.3s5.8 1.9 6.2 5.3" />
  </>,
);
export const MoreIcon = icon(<path d="M4.5 10h.1M10 10h.1M15.4 10h.1" stroke-width="2.4" />);
export const ReportsIcon = icon(<path d="M3.5 3.5v13h13M7 13.5v-3M10.5 13.5V7M14 13.5v-5" />);
export const RulesIcon = icon(<path d="M8 5.5h9M8 10h9M8 14.5h9M3 5.5l1 1 1.6-2M3 10l1 1 1.6-2M3 14.5l1 1 1.6-2" />);
export const DeviceIcon = icon(
  <>
    <rect x="3" y="4" width="14" height="9.5" rx="1.5" />
    <path d="M7.5 16.8h5M10 13.5v3.3" />
  </>,
);
export const KeyIcon = icon(
  <>
    <circle cx="6.8" cy="13.2" r="3.3" />
    <path d="M9.2 10.8L16.5 3.5M13.2 6.8l2.4 2.4" />
  </>,
);
export const CopyIcon = icon(
  <>
    <rect x="7" y="7" width="9.5" height="9.5" rx="2" />
    <path d="M13 7V5.5a2 2 0 0 0-2-2H5.5a2 2 0 0 0-2 2V11a2 2 0 0 0 2 2H7" />
  </>,
);
export const GlobeIcon = icon(
  <>
    <circle cx="10" cy="10" r="7.2" />
    <path d="M2.8 10h14.4M10 2.8c2.2 2 3.2 4.4 3.2 7.2s-1 5.2-3.2 7.2c-2.2-2-3.2-4.4-3.2-7.2s1-5.2 3.2-7.2z" />
  </>,
);
export const PlusIcon = icon(<path d="M10 4v12M4 10h12" />);
export const MailIcon = icon(
  <>
    <rect x="2.5" y="4.5" width="15" height="11" rx="2" />
    <path d="M3 6.2l7 5 7-5" />
  </>,
);

export const HoldIcon = icon(
  <>
    <path d="M3 17V8.5h2V6h3v2.5h1V6h2v2.5h1V6h3v2.5h2V17h-4v-3.2a3 3 0 0 0-6 0V17z" />
  </>,
);
export const ModeratedIcon = icon(
  <>
    <path d="M10 3v14M6.5 17h7M4 6h12" />
    <path d="M4 6l-2.2 5a2.4 2.4 0 0 0 4.4 0zM16 6l-2.2 5a2.4 2.4 0 0 0 4.4 0z" />
  </>,
);
export const AllIcon = icon(<path d="M3 6l7-3 7 3-7 3zM3 10l7 3 7-3M3 14l7 3 7-3" />);
export const SendersIcon = icon(
  <>
    <circle cx="7.5" cy="7" r="3" />
    <path d="M2.5 16.5c0-3 2.2-5 5-5s5 2 5 5M13 5.5h5M15.5 3v5M13.5 12h4" />
  </>,
);
export const RejectedIcon = icon(
  <>
    <rect x="2.5" y="4.5" width="15" height="11" rx="2" />
    <path d="M7.5 7.8l5 4.6M12.5 7.8l-5 4.6" />
  </>,
);
export const ReleaseIcon = pointing(<path d="M3 10h12.5M11 5l5 5-5 5" />);
export const RejectIcon = icon(<path d="M5 5l10 10M15 5L5 15" />);
export const ReportIcon = icon(<path d="M5 17.5V3.5c3-1.5 6 1.5 10 0v8c-4 1.5-7-1.5-10 0" />);
export const BlockIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M5.2 5.2l9.6 9.6" />
  </>,
);
export const DownIcon = icon(<path d="M6 8.2l4 4 4-4" />);
export const SearchIcon = icon(
  <>
    <circle cx="9" cy="9" r="5.5" />
    <path d="M13.2 13.2L17 17" />
  </>,
);
export const FilterIcon = icon(<path d="M3 5.5h14M5.5 10h9M8 14.5h4" />);
export const CloseIcon = icon(<path d="M5.5 5.5l9 9M14.5 5.5l-9 9" />);
export const BackIcon = pointing(<path d="M12 4.5L6.5 10l5.5 5.5" />);
export const ForwardIcon = pointing(<path d="M8 4.5l5.5 5.5L8 15.5" />);
export const UpIcon = icon(<path d="M5 12.2l5-5 5 5" />);
export const ClipIcon = icon(
  <path d="M14.8 9.3l-5 5a3 3 0 0 1-4.3-4.3l5.8-5.8a2 2 0 0 1 2.8 2.8l-5.6 5.7a1 1 0 0 1-1.5-1.4l4.8-4.8" />,
);
export const LockIcon = icon(
  <>
    <rect x="4.5" y="9" width="11" height="8" rx="2" />
    <path d="M7 9V6.5a3 3 0 0 1 6 0V9" />
  </>,
);
export const ClockIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 6v4.3l2.8 1.8" />
  </>,
);
export const DownloadIcon = icon(<path d="M10 3v9.5M6 9l4 4 4-4M4 16.5h12" />);
export const LinkIcon = icon(
  <>
    <path d="M8.3 11.7a3 3 0 0 0 4.3 0l3.2-3.2a3 3 0 0 0-4.3-4.3L10.4 5.3" />
    <path d="M11.7 8.3a3 3 0 0 0-4.3 0l-3.2 3.2a3 3 0 0 0 4.3 4.3l1.1-1.1" />
  </>,
);
export const PrintIcon = icon(
  <>
    <path d="M5.5 7V3h9v4M5.5 14.5H4A1.5 1.5 0 0 1 2.5 13V8.5A1.5 1.5 0 0 1 4 7h12a1.5 1.5 0 0 1 1.5 1.5V13a1.5 1.5 0 0 1-1.5 1.5h-1.5" />
    <path d="M5.5 12h9v5h-9z" />
  </>,
);
export const ImageIcon = icon(
  <>
    <rect x="2.5" y="4" width="15" height="12" rx="2" />
    <circle cx="7" cy="8.3" r="1.3" />
    <path d="M3 14.5l4.5-3.7 3 2.5 2.7-2.3 4 3.5" />
  </>,
);
export const CheckIcon = icon(<path d="M4.5 10.5l3.5 3.5 7.5-8" />);
export const WarnIcon = icon(<path d="M10 3.2l7.4 13H2.6zM10 8.3v3.6M10 14.1v.1" />);
export const QuestionIcon = icon(
  <>
    <circle cx="10" cy="10" r="7" />
    <path d="M8 8a2 2 0 1 1 2.8 1.9c-.6.3-.8.6-.8 1.3M10 13.6v.1" />
  </>,
);
export const SkipIcon = icon(<path d="M5 10h10" />);
export const EyeIcon = icon(
  <>
    <path d="M1.8 10S4.6 4.8 10 4.8 18.2 10 18.2 10 15.4 15.2 10 15.2 1.8 10 1.8 10z" />
    <circle cx="10" cy="10" r="2.4" />
  </>,
);
export const TrashIcon = icon(<path d="M4 5.8h12M8 5.8V4h4v1.8M5.5 5.8l.7 10.7h7.6l.7-10.7M8.6 9v4.5M11.4 9v4.5" />);
export const MoveIcon = icon(<path d="M3.5 6.5h12M12 3l3.5 3.5L12 10M16.5 13.5h-12M8 10l-3.5 3.5L8 17" />);
export const KeyboardIcon = icon(
  <>
    <rect x="2" y="5" width="16" height="10" rx="2" />
    <path d="M5 8.2h.1M8.3 8.2h.1M11.6 8.2h.1M15 8.2h.1M6.5 12h7" />
  </>,
);
export const LeaveIcon = pointing(
  <path d="M11.5 4H5.5A1.5 1.5 0 0 0 4 5.5v9A1.5 1.5 0 0 0 5.5 16h6M9 10h8M14 7l3 3-3 3" />,
);
export const FileIcon = icon(<path d="M5 2.8h6.5L15.5 7v10.2H5zM11.3 3v4.2h4" />);

/** A gate in a wall: the mark of the product. */
export function Gate({ size = 32 }: { size?: number }): JSX.Element {
  return (
    <svg class="gate" width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path
        class="gate__wall"
        d="M3 29V9h3.6V5.5h4.6V9h2.6V5.5h4.4V9h2.6V5.5h4.6V9H29v20h-7.2v-7.3a5.8 5.8 0 0 0-11.6 0V29z"
      />
      <path class="gate__light" d="M12 29v-7.2a4 4 0 0 1 8 0V29z" />
    </svg>
  );
}
